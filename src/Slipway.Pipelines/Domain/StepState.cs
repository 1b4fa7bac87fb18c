using Slipway.Kernel.States;

namespace Slipway.Pipelines.Domain;

internal enum StepState
{
    Pending,
    Running,
    Succeeded,
    Failed,
    Skipped,
}

internal enum StepEvent
{
    Claim,
    Succeed,
    Fail,
    /// <summary>The attempt is over but another one may follow: a passing failure, or its owner is gone.</summary>
    GiveBack,
    Skip,
}

/// <summary>Every change of a step's state there is.</summary>
internal static class StepTransitions
{
    public static TransitionTable<StepState, StepEvent> Table { get; } = new TransitionTable<StepState, StepEvent>()
        .On(StepEvent.Claim, StepState.Pending, StepState.Running)
        .On(StepEvent.Skip, StepState.Running, StepState.Skipped)
        .On(StepEvent.Succeed, StepState.Running, StepState.Succeeded)
        .On(StepEvent.Fail, StepState.Running, StepState.Failed)
        .On(StepEvent.GiveBack, StepState.Running, StepState.Pending);
}
