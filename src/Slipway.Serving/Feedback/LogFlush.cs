using Slipway.Kernel.Problems;
using Slipway.Serving.Inference;
using Slipway.Serving.Predictions;

namespace Slipway.Serving.Feedback;

/// <summary>Brings to disk what this process has answered so far, mirrored runs included: what is counted or closed after it is complete.</summary>
internal sealed class LogFlush(MirrorQueue mirror, PredictionLogWriter log)
{
    public async Task<Result<Unit>> RunAsync(CancellationToken cancellation)
    {
        await mirror.DrainAsync(cancellation);
        return await log.FlushAsync(cancellation);
    }
}
