using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary><c>GET /pipelines/{id}/versions/{version}</c>, with its spec.</summary>
internal static class GetVersion
{
    public static void Map(IEndpointRouteBuilder kfp) =>
        kfp.MapGet("/pipelines/{pipeline_id}/versions/{pipeline_version_id}", HandleAsync).RequirePermission("pipelines.read");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "pipeline_id")] string id, [FromRoute(Name = "pipeline_version_id")] string version, CatalogStore store, CancellationToken cancellation) =>
        await store.FindVersionAsync(version, cancellation) is { } row && row.PipelineId == id
            ? Results.Json(VersionWire.Of(row), CatalogWireContext.Default.VersionWire)
            : Problem.NotFound($"version {version} of pipeline {id}").ToKfpAnswer();
}
