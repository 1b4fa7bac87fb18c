using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Experiments;

/// <summary><c>GET /experiments/{id}</c>.</summary>
internal static class GetExperiment
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapGet("/experiments/{experiment_id}", HandleAsync).RequirePermission("experiments.read");

    private static async Task<IResult> HandleAsync([FromRoute(Name = "experiment_id")] string id, ExperimentStore store, CancellationToken cancellation) =>
        await store.FindAsync(id, cancellation) is { } row
            ? Results.Json(ExperimentWire.Of(row), ExperimentWireContext.Default.ExperimentWire)
            : Problem.NotFound($"experiment {id}").ToKfpAnswer();
}
