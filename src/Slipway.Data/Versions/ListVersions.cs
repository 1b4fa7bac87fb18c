using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Data.Versions;

/// <summary><c>GET .../datasets/{name}/versions?before=&amp;limit=</c>: newest first; limit 1 to 1000, default 100.</summary>
internal static class ListVersions
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(DatasetRoutes.Versions, HandleAsync).RequirePermission(DatasetRoutes.Read);

    private static async Task<IResult> HandleAsync(
        string ns, string name, string? before, string? limit, DatasetStore store, CancellationToken cancellation)
    {
        if (!DatasetRoutes.Number("limit", limit, 100, 1, 1000).TryGet(out var most, out var problem)
            || !DatasetRoutes.Number("before", before, long.MaxValue, 1, long.MaxValue).TryGet(out var below, out problem))
        {
            return problem.ToAnswer();
        }

        var found = await store.ListVersionsAsync(ns, name, below, (int)most, cancellation);
        if (found.Count == 0 && await store.FindLatestAsync(ns, name, cancellation) is null)
        {
            return Problem.NotFound($"Dataset {ns}/{name}").ToAnswer();
        }

        var next = found.Count == most ? found[^1].Number.ToString(CultureInfo.InvariantCulture) : null;
        return Results.Json(new VersionListWire([.. found.Select(VersionWire.Of)], next), DatasetJson.Default.VersionListWire);
    }
}
