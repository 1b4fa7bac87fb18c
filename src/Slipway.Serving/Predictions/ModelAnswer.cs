using Slipway.Serving.Batching;
using Slipway.Serving.Revisions;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Predictions;

/// <summary>
/// What one revision made of one request: outputs, or an error. Held like an <see cref="Exchange"/>: the outputs may live in the engine's memory until
/// the last holder lets go, and keep what they need alive by themselves.
/// </summary>
/// <param name="queued">How much of <paramref name="took"/> was waiting for its turn.</param>
internal sealed class ModelAnswer(LoadedRevision revision, TensorSet? outputs, string? error, TimeSpan took, TimeSpan queued = default, RanBy by = RanBy.Model)
{
    private int _holders = 1;

    public LoadedRevision Revision { get; } = revision;

    /// <summary>Null on error.</summary>
    public TensorSet? Outputs { get; } = outputs;

    public string? Error { get; } = error;

    /// <summary>Waiting and running.</summary>
    public TimeSpan Took { get; } = took;

    public TimeSpan Queued { get; } = queued;

    public RanBy By { get; } = by;

    public ModelAnswer Hold()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Outputs?.Dispose();
        }
    }
}
