namespace Slipway.Serving.Batching;

/// <summary>Requests whose turn has come, with a slot taken and the model held for them, on their way to a thread.</summary>
internal sealed class Batch(Lane lane, LaneSetup setup, Waiting[] members) : IThreadPoolWorkItem
{
    public LaneSetup Setup { get; } = setup;

    public Waiting[] Members { get; } = members;

    public void Execute() => _ = lane.RunBatchAsync(this);
}
