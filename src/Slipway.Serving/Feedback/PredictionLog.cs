using Slipway.Contracts.Serving.Ports;
using Slipway.Serving.Predictions;

namespace Slipway.Serving.Feedback;

/// <summary>The prediction log as other modules read it.</summary>
internal sealed class PredictionLog(PredictionStore predictions, FeedbackStore feedback) : IPredictionLog
{
    public Task<IReadOnlyList<FeedbackWindow>> ClosedWindowsAsync(string ns, string service, int after, CancellationToken cancellation) =>
        feedback.WindowsAsync(ns, service, after, cancellation);

    public async Task<LoggedPredictions> ReadAsync(
        string ns, string service, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) =>
        LoggedFrame.Build(await predictions.ReadAsync(ns, service, from, until, cancellation));
}
