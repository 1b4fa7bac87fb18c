using System.Text.Json.Nodes;
using Slipway.Registry.Gates;

namespace Slipway.Registry.Governance;

/// <summary>Rules, requests and votes as our API shows them.</summary>
internal static class GateShown
{
    public static JsonObject Gate(GateRow row) => new()
    {
        ["model"] = row.Model.Length == 0 ? null : row.Model, ["rules"] = JsonNode.Parse(row.Rules), ["actor"] = row.Actor, ["updated"] = row.Updated,
    };

    public static JsonObject Request(RequestRow row, IEnumerable<VoteRow> votes) => new()
    {
        ["number"] = row.Number, ["version"] = row.Version, [row.Kind] = row.Target, ["reason"] = row.Reason, ["actor"] = row.Actor, ["created"] = row.Created,
        ["state"] = row.State, ["closed"] = row.Closed, ["findings"] = JsonNode.Parse(row.Findings), ["votes"] = new JsonArray([.. votes.Select(Vote)]),
    };

    private static JsonObject Vote(VoteRow row) => new() { ["actor"] = row.Actor, ["approve"] = row.Approves, ["reason"] = row.Reason, ["time"] = row.Time };
}
