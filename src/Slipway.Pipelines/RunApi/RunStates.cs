using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.RunApi;

/// <summary>
/// States as the wire has them. A run that was terminated is FAILED with the error code CANCELLED (1): <c>wait_for_run_completion</c> of kfp.Client does not
/// end on CANCELED, and upstream's own server says FAILED as well. Its history still shows CANCELING and CANCELED.
/// </summary>
internal static class RunStates
{
    /// <summary>google.rpc.Code CANCELLED and INTERNAL.</summary>
    public const int CancelledCode = 1;

    public const int FailedCode = 13;

    public static string Wire(RunState state) => state switch
    {
        RunState.Pending => "PENDING",
        RunState.Running => "RUNNING",
        RunState.Succeeded => "SUCCEEDED",
        RunState.Canceling => "CANCELING",
        _ => "FAILED",
    };

    /// <summary>Tasks that were served from the cache are SKIPPED, as those that had not to run; which it was is said by the cause.</summary>
    public static string Wire(TaskState state, TaskCause cause) => state switch
    {
        TaskState.Pending or TaskState.Queued => "PENDING",
        TaskState.Running => "RUNNING",
        TaskState.Succeeded => cause == TaskCause.Cached ? "SKIPPED" : "SUCCEEDED",
        TaskState.Skipped => "SKIPPED",
        TaskState.Canceled => "CANCELED",
        _ => "FAILED",
    };

    /// <summary>A state's name in a history, which has the words of both tables.</summary>
    public static string WireOfHistory(string state) => state switch
    {
        nameof(TaskState.Queued) => "PENDING",
        _ => state.ToUpperInvariant(),
    };

    /// <summary>The states in the table that a caller means who filters by the wire's word.</summary>
    public static IReadOnlyList<string> Stored(string wire) => wire.ToUpperInvariant() switch
    {
        "FAILED" => [nameof(RunState.Failed), nameof(RunState.Canceled)],
        "CANCELED" => [nameof(RunState.Canceled)],
        var other => Enum.GetValues<RunState>().Where(s => Wire(s) == other).Select(s => s.ToString()).ToArray() is { Length: > 0 } found ? found : [wire],
    };
}
