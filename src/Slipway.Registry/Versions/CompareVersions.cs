using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Platform.Http;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Versions;

/// <summary><c>GET /models/{model}/compare?left=1&amp;right=2</c>: parameters, metrics, signature and lineage side by side.</summary>
internal static class CompareVersions
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{model}/compare", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(
        string ns, string model, string? left, string? right, IModelRegistry registry, CancellationToken cancellation)
    {
        var first = await GetVersion.FindAsync(registry, ns, model, left ?? "", "left", cancellation);
        var second = await GetVersion.FindAsync(registry, ns, model, right ?? "", "right", cancellation);
        return first.Then(l => second.Select(r => Comparison.Of(l, r)))
            .ToAnswer(comparison => Results.Json(comparison, RegistryJson.Default.VersionComparison));
    }
}
