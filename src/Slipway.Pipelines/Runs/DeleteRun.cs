using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Runs;

/// <summary><c>DELETE .../pipelineruns/{id}</c>: the run with its tasks, logs and lineage; 409 while it has not ended.</summary>
internal static class DeleteRun
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/api/slipway/v1/namespaces/{ns}/pipelineruns/{id}", HandleAsync).RequirePermission("pipelineruns.delete");

    private static async Task<IResult> HandleAsync(string ns, string id, RunService service, IPipelineRuns runs, CancellationToken cancellation)
    {
        if (!(await runs.GetAsync(ns, id, cancellation)).TryGet(out _, out var problem))
        {
            return problem.ToAnswer();
        }

        return (await service.DeleteAsync(id, cancellation)).ToAnswer(_ => Results.NoContent());
    }
}
