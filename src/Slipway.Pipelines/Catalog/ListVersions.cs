using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Kfp.Listing;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary><c>GET /pipelines/{id}/versions?filter=&amp;sort_by=&amp;page_size=&amp;page_token=</c>.</summary>
internal static class ListVersions
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapGet("/pipelines/{pipeline_id}/versions", HandleAsync).RequirePermission("pipelines.read");

    private static async Task<IResult> HandleAsync([FromRoute(Name = "pipeline_id")] string id, HttpRequest request, CatalogStore store, CancellationToken cancellation) =>
        ListRequest.Read(request.Query, CatalogStore.Versions).TryGet(out var list, out var problem)
            ? await store.FindAsync(id, cancellation) is null
                ? Problem.NotFound($"pipeline {id}").ToKfpAnswer()
                : Results.Json(VersionListWire.Of(await store.ListVersionsAsync(id, list, cancellation)), CatalogWireContext.Default.VersionListWire)
            : problem.ToKfpAnswer();
}
