using Slipway.Compute.Backends;
using Slipway.Compute.Workloads;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Steps;

/// <summary>Ends what attempts of a dead server have left running on this machine.</summary>
internal sealed class StepRescue(ComputeBackends backends)
{
    public Task EndAsync(IReadOnlyList<TaskRow> rows, CancellationToken cancellation)
    {
        var running = rows.Where(r => r.StateValue == TaskState.Running && r.KindValue == TaskKind.Container).ToList();
        var markers = running.SelectMany(r => backends.Names.Select(b => new WorkloadMarker(b, WorkloadExecutor.AttemptId(r.Id, r.Attempt)))).ToList();
        return markers.Count == 0 ? Task.CompletedTask : backends.RescueAsync(markers, cancellation);
    }
}
