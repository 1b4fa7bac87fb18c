using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Writing;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Runs;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.RunApi;

/// <summary><c>GET /runs/{id}</c>: with all its tasks, its outputs and, unless it is of a version, its spec.</summary>
internal static class GetRun
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapGet("/runs/{run_id}", HandleAsync).RequirePermission("pipelineruns.read");

    private static async Task<IResult> HandleAsync([FromRoute(Name = "run_id")] string id, RunService runs, CancellationToken cancellation)
    {
        if (await runs.FindWithTasksAsync(id, cancellation) is not { } view)
        {
            return Problem.NotFound($"run {id}").ToKfpAnswer();
        }

        var spec = view.Run.PipelineId is null && (await runs.PipelineOfAsync(view.Run, cancellation)).TryGet(out var pipeline, out _)
            ? PipelineWriter.ToWire(pipeline).ToJsonString()
            : null;
        return Results.Text(RunWire.Of(view.Run, view.Tasks, spec).ToJsonString(), "application/json");
    }
}
