using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Platform.Http;

namespace Slipway.Data.Versions;

/// <summary><c>GET .../datasets/{name}/versions/{version}</c>: by number, digest or <c>latest</c>.</summary>
internal static class GetVersion
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(DatasetRoutes.Version, HandleAsync).RequirePermission(DatasetRoutes.Read);

    private static async Task<IResult> HandleAsync(string ns, string name, string version, Datasets datasets, CancellationToken cancellation) =>
        (await datasets.GetVersionAsync(ns, name, version, cancellation))
            .ToAnswer(v => Results.Json(VersionWire.Of(v), DatasetJson.Default.VersionWire));
}
