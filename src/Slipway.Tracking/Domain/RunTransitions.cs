using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.States;

namespace Slipway.Tracking.Domain;

internal enum RunHappening
{
    Started,
    Finished,
    Failed,
    Killed,
}

/// <summary>
/// The life of a run. A step that failed and is done again starts the same run again; a run that finished stays finished, whatever comes after.
/// </summary>
internal static class RunTransitions
{
    public static TransitionTable<RunStatus, RunHappening> Table { get; } = new TransitionTable<RunStatus, RunHappening>()
        .On(RunHappening.Started, RunStatus.Scheduled, RunStatus.Running)
        .On(RunHappening.Started, RunStatus.Running, RunStatus.Running)
        .On(RunHappening.Started, RunStatus.Failed, RunStatus.Running)
        .On(RunHappening.Started, RunStatus.Killed, RunStatus.Running)
        .On(RunHappening.Started, RunStatus.Finished, RunStatus.Finished)
        .On(RunHappening.Failed, RunStatus.Scheduled, RunStatus.Failed)
        .On(RunHappening.Killed, RunStatus.Scheduled, RunStatus.Killed)
        .On(RunHappening.Finished, RunStatus.Running, RunStatus.Finished)
        .On(RunHappening.Finished, RunStatus.Finished, RunStatus.Finished)
        .On(RunHappening.Failed, RunStatus.Running, RunStatus.Failed)
        .On(RunHappening.Failed, RunStatus.Failed, RunStatus.Failed)
        .On(RunHappening.Killed, RunStatus.Running, RunStatus.Killed)
        .On(RunHappening.Killed, RunStatus.Killed, RunStatus.Killed);

    /// <summary>What a caller's wish for <paramref name="status"/> means as a happening.</summary>
    public static RunHappening For(RunStatus status) => status switch
    {
        RunStatus.Finished => RunHappening.Finished,
        RunStatus.Failed => RunHappening.Failed,
        RunStatus.Killed => RunHappening.Killed,
        _ => RunHappening.Started,
    };
}
