using Slipway.Compute.Workloads;

namespace Slipway.Compute.Backends;

/// <summary>A workload that never ran, such as one whose program is not there.</summary>
public sealed class EndedWorkload(WorkloadMarker marker, WorkloadOutcome outcome) : IRunningWorkload
{
    public WorkloadMarker Marker => marker;

    public Task<WorkloadOutcome> Completion { get; } = Task.FromResult(outcome);

    public ResourceUse Usage => outcome.Use;

    public Task KillAsync(TimeSpan? grace = null) => Task.CompletedTask;
}
