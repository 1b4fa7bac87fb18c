using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Data.Ports;
using Slipway.Platform.Http;

namespace Slipway.Data.Versions;

/// <summary><c>GET .../versions/{version}/profile</c>: JSON, or a page for <c>Accept: text/html</c>.</summary>
internal static class GetProfile
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(DatasetRoutes.Version + "/profile", HandleAsync).RequirePermission(DatasetRoutes.Read);

    private static async Task<IResult> HandleAsync(
        string ns, string name, string version, HttpRequest request, Datasets datasets, DatasetStore store, IFileProfiler profiler,
        CancellationToken cancellation)
    {
        if (!(await datasets.GetVersionAsync(ns, name, version, cancellation)).TryGet(out var found, out var problem))
        {
            return problem.ToAnswer();
        }

        var profile = await store.ProfileAsync(found, cancellation);
        return request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? Results.Text(profiler.ToHtml(JsonNode.Parse(profile)!.AsObject()), "text/html; charset=utf-8")
            : Results.Text(profile, "application/json");
    }
}
