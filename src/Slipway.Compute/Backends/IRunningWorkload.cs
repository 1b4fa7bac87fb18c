using Slipway.Compute.Workloads;

namespace Slipway.Compute.Backends;

/// <summary>A workload that was started.</summary>
public interface IRunningWorkload
{
    /// <summary>Worth keeping with the attempt, in the place of the one made before the start.</summary>
    WorkloadMarker Marker { get; }

    /// <summary>
    /// Never fails and is never cancelled. When it is done, no process of the workload is left, all it printed is in the log,
    /// and folders of the backend's own are gone.
    /// </summary>
    Task<WorkloadOutcome> Completion { get; }

    /// <summary>What it has used so far; after the end the same as in its outcome.</summary>
    ResourceUse Usage { get; }

    /// <summary>
    /// Asks it to end and ends it after the grace period (null: the workload's own). Done when it is gone; calling it twice, or after the end, does no harm,
    /// and a shorter grace in a later call wins. The outcome is <see cref="WorkloadOutcome.Cancelled"/>, unless it had ended before.
    /// </summary>
    Task KillAsync(TimeSpan? grace = null);
}
