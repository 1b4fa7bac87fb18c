using Slipway.Kernel.States;

namespace Slipway.Loop.Domain;

internal enum LoopPhase
{
    /// <summary>The first model is being trained.</summary>
    Training,
    /// <summary>The first model is being put behind its endpoint, watched by a monitor.</summary>
    Deploying,
    /// <summary>Rows are sent step by step, labels follow.</summary>
    Replaying,
    Finished,
    Failed,
}

internal enum LoopHappening
{
    Trained,
    Deployed,
    DataEnded,
    Broke,
}

internal static class LoopTransitions
{
    public static TransitionTable<LoopPhase, LoopHappening> Table { get; } = new TransitionTable<LoopPhase, LoopHappening>()
        .On(LoopHappening.Trained, LoopPhase.Training, LoopPhase.Deploying)
        .On(LoopHappening.Deployed, LoopPhase.Deploying, LoopPhase.Replaying)
        .On(LoopHappening.DataEnded, LoopPhase.Replaying, LoopPhase.Finished)
        .On(LoopHappening.Broke, LoopPhase.Training, LoopPhase.Failed)
        .On(LoopHappening.Broke, LoopPhase.Deploying, LoopPhase.Failed)
        .On(LoopHappening.Broke, LoopPhase.Replaying, LoopPhase.Failed);
}
