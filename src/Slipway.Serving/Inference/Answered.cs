using Slipway.Serving.Predictions;

namespace Slipway.Serving.Inference;

/// <summary>An answered request: what to write, until it is let go.</summary>
internal readonly struct Answered(Exchange exchange, ModelAnswer answer) : IDisposable
{
    public Exchange Exchange { get; } = exchange;

    public ModelAnswer Answer { get; } = answer;

    public void Dispose()
    {
        Answer.Release();
        Exchange.Release();
    }
}
