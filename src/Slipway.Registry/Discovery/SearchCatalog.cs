using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Http;
using Slipway.Registry.Usage;

namespace Slipway.Registry.Discovery;

/// <summary><c>GET /model-catalog?text=&amp;tag=&amp;metric=..</c>: versions by what they are, each with its aliases and who serves it.</summary>
internal static class SearchCatalog
{
    public static void Map(IEndpointRouteBuilder ns) => ns.MapGet("/model-catalog", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(string ns, HttpRequest request, IDatabase database, ModelUsage usage, CancellationToken cancellation)
    {
        if (Requests.Check(ns) is { } bad)
        {
            return bad.ToAnswer();
        }

        if (!CatalogQuery.Read(request.Query).TryGet(out var query, out var problem))
        {
            return problem.ToAnswer();
        }

        var uses = (await usage.FindAsync(ns, null, cancellation)).ToLookup(u => (u.Model, u.Version));
        var (found, aliases) = await database.ReadAsync((session, _) => FindAsync(session, ns, query), cancellation);
        var items = found.Take(query.Limit).Select(row =>
        {
            var item = JsonSerializer.SerializeToNode(row.ToVersion(), RegistryJson.Default.ModelVersion)!.AsObject();
            item["aliases"] = new JsonArray([.. aliases[row.Model].Where(a => a.Version == row.Version).Select(a => (JsonNode?)a.Alias)]);
            item["servedBy"] = new JsonArray([.. uses[(row.Model, row.Number)].Select(u => (JsonNode?)u.Service)]);
            return item;
        });
        return OwnApi.Json(new JsonObject { ["items"] = new JsonArray([.. items]), ["next"] = found.Count > query.Limit ? query.Offset + query.Limit : null });
    }

    private static async Task<(IReadOnlyList<VersionRow> Found, ILookup<string, AliasAssignment> Aliases)> FindAsync(IReadSession session, string ns, CatalogQuery query)
    {
        var found = await CatalogStore.SearchAsync(session, ns, query);
        var aliases = await RegistryStore.AliasesOfAsync(session, ns, [.. found.Select(v => v.Model).Distinct(StringComparer.Ordinal)]);
        return (found, aliases.ToLookup(a => a.Model, StringComparer.Ordinal));
    }
}
