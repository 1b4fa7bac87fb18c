using Slipway.Kernel.States;

namespace Slipway.Pipelines.Domain;

/// <summary>The states of a run, as they stand in the table.</summary>
internal enum RunState
{
    /// <summary>Submitted; no server has taken it up yet.</summary>
    Pending,
    Running,
    Succeeded,
    Failed,
    /// <summary>Asked to end; what runs is being stopped.</summary>
    Canceling,
    Canceled,
}

internal enum RunEvent
{
    Start,
    Succeed,
    Fail,
    /// <summary>Somebody asked for the run's end.</summary>
    Cancel,
    /// <summary>Nothing of a cancelled run is running any more.</summary>
    Settle,
    /// <summary>A retry, or a rerun from a task.</summary>
    Reopen,
}

/// <summary>Every change of a run's state there is.</summary>
internal static class RunTransitions
{
    public static TransitionTable<RunState, RunEvent> Table { get; } = new TransitionTable<RunState, RunEvent>()
        .On(RunEvent.Start, RunState.Pending, RunState.Running)
        .On(RunEvent.Succeed, RunState.Running, RunState.Succeeded)
        .On(RunEvent.Fail, RunState.Running, RunState.Failed)
        .On(RunEvent.Fail, RunState.Pending, RunState.Failed)
        .On(RunEvent.Cancel, RunState.Pending, RunState.Canceling)
        .On(RunEvent.Cancel, RunState.Running, RunState.Canceling)
        .On(RunEvent.Settle, RunState.Canceling, RunState.Canceled)
        .On(RunEvent.Reopen, RunState.Succeeded, RunState.Pending)
        .On(RunEvent.Reopen, RunState.Failed, RunState.Pending)
        .On(RunEvent.Reopen, RunState.Canceled, RunState.Pending);

    public static bool IsFinal(RunState state) => state is RunState.Succeeded or RunState.Failed or RunState.Canceled;
}
