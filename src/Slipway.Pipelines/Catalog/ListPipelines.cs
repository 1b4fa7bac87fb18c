using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Kfp.Listing;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Catalog;

/// <summary><c>GET /pipelines?namespace=&amp;filter=&amp;sort_by=&amp;page_size=&amp;page_token=</c>; without a namespace those of all.</summary>
internal static class ListPipelines
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapGet("/pipelines", HandleAsync).RequirePermission("pipelines.read");

    private static async Task<IResult> HandleAsync(HttpRequest request, CatalogStore store, CancellationToken cancellation) =>
        KfpNamespace.ReadFilter(request.Query["namespace"]).TryGet(out var ns, out var problem)
        && ListRequest.Read(request.Query, CatalogStore.Pipelines).TryGet(out var list, out problem)
            ? Results.Json(PipelineListWire.Of(await store.ListAsync(ns, list, cancellation)), CatalogWireContext.Default.PipelineListWire)
            : problem.ToKfpAnswer();
}
