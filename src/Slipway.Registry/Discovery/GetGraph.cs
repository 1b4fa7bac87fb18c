using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Domain;
using Slipway.Registry.Http;
using Slipway.Registry.Usage;
using Slipway.Registry.Versions;

namespace Slipway.Registry.Discovery;

/// <summary>
/// <c>GET /models/{model}/versions/{version}/graph</c>: what a version came from (data, views, code, runs, parents, base model) and what came of it (children,
/// aliases, services), as nodes and edges that point from cause to effect.
/// </summary>
internal static class GetGraph
{
    public static void Map(IEndpointRouteBuilder models) => models.MapGet("/{model}/versions/{version}/graph", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(
        string ns, string model, string version, IModelRegistry registry, IDatabase database, ModelUsage usage, CancellationToken cancellation)
    {
        if (!(await GetVersion.FindAsync(registry, ns, model, version, "version", cancellation)).TryGet(out var found, out var problem))
        {
            return problem.ToAnswer();
        }

        var uses = (await usage.FindAsync(ns, model, cancellation)).Where(u => u.Version == found.Version);
        var (all, aliases) = await database.ReadAsync(
            async (session, _) => (await RegistryStore.ListVersionsAsync(session, ns, model), await RegistryStore.AliasesAsync(session, ns, model)), cancellation);
        return OwnApi.Json(Draw(found, all, aliases, uses));
    }

    private static JsonObject Draw(ModelVersion version, IReadOnlyList<ModelVersion> all, IReadOnlyList<AliasAssignment> aliases, IEnumerable<ModelUse> uses)
    {
        var (nodes, edges) = (new JsonArray(), new JsonArray());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string Node(string kind, string name)
        {
            var id = $"{kind}:{name}";
            if (seen.Add(id))
            {
                nodes.Add(new JsonObject { ["id"] = id, ["kind"] = kind, ["name"] = name });
            }

            return id;
        }

        void Edge(string from, string to, string what) => edges.Add(new JsonObject { ["from"] = from, ["to"] = to, ["what"] = what });
        string Version(int number) => Node("version", $"{version.Model}/{number.ToString(CultureInfo.InvariantCulture)}");

        var self = Version(version.Version);
        foreach (var (kind, name, what) in Causes(version))
        {
            Edge(Node(kind, name), self, what);
        }

        var ancestry = Ancestry.Of(version, all, []);
        var child = self;
        foreach (var ancestor in ancestry.Ancestors)
        {
            var parent = Version(ancestor);
            Edge(parent, child, "parent of");
            child = parent;
        }

        foreach (var number in ancestry.Children)
        {
            Edge(self, Version(number), "parent of");
        }

        foreach (var alias in aliases.Where(a => a.Version == version.Version))
        {
            Edge(self, Node("alias", $"{version.Model}@{alias.Alias}"), "is");
        }

        foreach (var use in uses)
        {
            Edge(ModelUri.Parse(use.Uri).TryGet(out var uri, out _) && uri.Alias is { } alias ? Node("alias", $"{version.Model}@{alias}") : self, Node("service", use.Service), "served by");
        }

        return new JsonObject { ["root"] = self, ["nodes"] = nodes, ["edges"] = edges };
    }

    private static IEnumerable<(string Kind, string Name, string What)> Causes(ModelVersion version) =>
    [
        .. version.Lineage.Datasets.Where(d => d.Length > 0).Select(d => ("dataset", d, "trained")),
        .. version.Facts.FeatureViews.Select(v => ("featureView", v, "fed")),
        .. One("run", version.Lineage.Run, "made"), .. One("pipelineRun", version.Lineage.PipelineRun, "made"), .. One("commit", version.Lineage.CodeCommit, "coded"),
        .. One("baseModel", version.Facts.BaseModel, "tuned into"), .. One("source", version.Source.Length > 0 ? version.Source : null, "holds the files of"),
    ];

    private static IEnumerable<(string, string, string)> One(string kind, string? name, string what) => string.IsNullOrEmpty(name) ? [] : [(kind, name, what)];
}
