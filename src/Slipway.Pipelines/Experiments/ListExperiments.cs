using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Kfp.Listing;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Experiments;

/// <summary><c>GET /experiments?namespace=&amp;filter=&amp;sort_by=&amp;page_size=&amp;page_token=</c>; without a namespace those of all.</summary>
internal static class ListExperiments
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapGet("/experiments", HandleAsync).RequirePermission("experiments.read");

    private static async Task<IResult> HandleAsync(HttpRequest request, ExperimentStore store, CancellationToken cancellation)
    {
        if (!KfpNamespace.ReadFilter(request.Query["namespace"]).TryGet(out var ns, out var problem)
            || !ListRequest.Read(request.Query, ExperimentStore.Listed).TryGet(out var list, out problem))
        {
            return problem.ToKfpAnswer();
        }

        // Upstream makes it when the server starts, and clients expect to find it.
        if (ns is null or KfpNamespace.Default)
        {
            await store.DefaultAsync(KfpNamespace.Default, cancellation);
        }

        return Results.Json(ExperimentListWire.Of(await store.ListAsync(ns, list, cancellation)), ExperimentWireContext.Default.ExperimentListWire);
    }
}
