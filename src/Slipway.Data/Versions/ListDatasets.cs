using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Http;

namespace Slipway.Data.Versions;

/// <summary><c>GET .../datasets?after=&amp;limit=</c>: the newest version of every dataset, by name; limit 1 to 1000, default 100.</summary>
internal static class ListDatasets
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(DatasetRoutes.All, HandleAsync).RequirePermission(DatasetRoutes.Read);

    private static async Task<IResult> HandleAsync(string ns, string? after, string? limit, DatasetStore store, CancellationToken cancellation)
    {
        if (!DatasetRoutes.Number("limit", limit, 100, 1, 1000).TryGet(out var most, out var problem))
        {
            return problem.ToAnswer();
        }

        var found = await store.ListAsync(ns, after ?? "", (int)most, cancellation);
        return Results.Json(
            new VersionListWire([.. found.Select(VersionWire.Of)], found.Count == most ? found[^1].Name : null), DatasetJson.Default.VersionListWire);
    }
}
