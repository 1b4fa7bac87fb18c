using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Registry.Ports;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Domain;
using Slipway.Registry.Gates;
using Slipway.Registry.Http;
using Slipway.Registry.Versions;

namespace Slipway.Registry.Governance;

/// <summary><c>GET /models/{model}/versions/{version}/gate</c>: what the rules would say of a version today.</summary>
internal static class CheckGate
{
    public static void Map(IEndpointRouteBuilder models) => models.MapGet("/{model}/versions/{version}/gate", HandleAsync).RequirePermission("models.read");

    private static async Task<IResult> HandleAsync(string ns, string model, string version, IModelRegistry registry, IDatabase database, CancellationToken cancellation)
    {
        if (!(await GetVersion.FindAsync(registry, ns, model, version, "version", cancellation)).TryGet(out var found, out var problem))
        {
            return problem.ToAnswer();
        }

        return OwnApi.Json(await database.ReadAsync((session, _) => AskAsync(session, found), cancellation));
    }

    private static async Task<JsonObject> AskAsync(IReadSession session, ModelVersion version)
    {
        var rules = await GateKeeper.RulesAsync(session, version.Namespace, version.Model) ?? new GateRules();
        var findings = await GateKeeper.FindingsAsync(session, rules, version);
        return new JsonObject
        {
            ["opens"] = Gate.Opens(findings), ["approvals"] = rules.Approvals, ["aliases"] = Names(rules.Aliases), ["stages"] = Names(rules.Stages),
            ["findings"] = JsonNode.Parse(GateJson.Of(findings)),
        };
    }

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(n => (JsonNode?)n)]);
}
