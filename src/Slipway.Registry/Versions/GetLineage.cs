using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Versions;

/// <summary><c>GET /models/{model}/versions/{version}/lineage</c>: data, code, run and parents of a version, its children, and the aliases it held.</summary>
internal static class GetLineage
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/{model}/versions/{version}/lineage", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(
        string ns, string model, string version, IModelRegistry registry, IDatabase database, CancellationToken cancellation)
    {
        var found = await GetVersion.FindAsync(registry, ns, model, version, "version", cancellation);
        if (!found.TryGet(out var wanted, out var problem))
        {
            return problem.ToAnswer();
        }

        var lineage = await database.ReadAsync((session, _) => ReadAsync(session, wanted), cancellation);
        return Results.Json(lineage, RegistryJson.Default.VersionLineage);
    }

    private static async Task<VersionLineage> ReadAsync(IReadSession session, ModelVersion version) => Ancestry.Of(
        version,
        await RegistryStore.ListVersionsAsync(session, version.Namespace, version.Model),
        await RegistryStore.HistoryAsync(session, version.Namespace, version.Model));
}
