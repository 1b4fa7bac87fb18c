using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Kfp.Listing;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.RunApi;

/// <summary><c>GET /runs?experiment_id=&amp;namespace=&amp;filter=&amp;sort_by=&amp;page_size=&amp;page_token=</c>: without tasks and specs.</summary>
internal static class ListRuns
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapGet("/runs", HandleAsync).RequirePermission("pipelineruns.read");

    private static async Task<IResult> HandleAsync(HttpRequest request, RunListStore store, CancellationToken cancellation)
    {
        if (!KfpNamespace.ReadFilter(request.Query["namespace"]).TryGet(out var ns, out var problem)
            || !ListRequest.Read(request.Query, RunListStore.Runs).TryGet(out var list, out problem))
        {
            return problem.ToKfpAnswer();
        }

        var experiment = ListRequest.Get(request.Query, "experiment_id", "experimentId");
        var page = await store.ListAsync(ns, experiment.Length > 0 ? experiment : null, list, cancellation);
        return PageAnswer.Of("runs", page.Items.Select(RunWire.Of), page.Total, page.NextToken);
    }
}

/// <summary>A page of things that have no fixed shape.</summary>
internal static class PageAnswer
{
    public static IResult Of(string name, IEnumerable<JsonObject> items, long total, string? next)
    {
        var json = new JsonObject { [name] = new JsonArray([.. items]), ["total_size"] = total };
        if (next is not null)
        {
            json["next_page_token"] = next;
        }

        return Results.Text(json.ToJsonString(), "application/json");
    }
}
