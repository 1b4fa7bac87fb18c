using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;

namespace Slipway.Registry.Versions;

/// <summary><c>GET /models/{model}/versions/{version}</c>: everything that is known of one version.</summary>
internal static class GetVersion
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{model}/versions/{version}", HandleAsync).RequirePermission("models.read");

    /// <summary>The version that a route's values name.</summary>
    public static async Task<Result<ModelVersion>> FindAsync(
        IModelRegistry registry, string ns, string model, string version, string field, CancellationToken cancellation)
    {
        if (Requests.Check(ns, model) is { } bad)
        {
            return bad;
        }

        return Requests.Version(version, field).TryGet(out var number, out var problem)
            ? await registry.GetVersionAsync(ns, model, number, cancellation)
            : problem;
    }

    private static async Task<IResult> HandleAsync(string ns, string model, string version, IModelRegistry registry, CancellationToken cancellation) =>
        (await FindAsync(registry, ns, model, version, "version", cancellation)).ToAnswer(found => Results.Json(found, RegistryJson.Default.ModelVersion));
}
