using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Webhooks;

/// <summary><c>GET /webhooks/{id}/deliveries</c>: the last 100 things that were to be sent, and what became of them, newest first.</summary>
internal static class ListDeliveries
{
    private const int Most = 100;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/slipway/v1/namespaces/{ns}/webhooks/{id}/deliveries", HandleAsync).RequirePermission("webhooks.read");

    private static async Task<IResult> HandleAsync(string ns, string id, IDatabase database, CancellationToken cancellation)
    {
        if (Requests.Check(ns) is { } bad)
        {
            return bad.ToAnswer();
        }

        var rows = await database.ReadAsync(
            async (session, _) => await HookStore.FindAsync(session, ns, id) is null ? null : await HookStore.DeliveriesAsync(session, ns, id, Most), cancellation);
        return rows is null
            ? Problem.NotFound($"webhook {Domain.Names.Shown(id)} in namespace {ns}").ToAnswer()
            : Results.Text(new JsonObject { ["deliveries"] = new JsonArray([.. rows.Select(Shown)]) }.ToJsonString(), "application/json");
    }

    private static JsonObject Shown(DeliveryRow row) => new()
    {
        ["id"] = row.Id, ["event"] = row.Event, ["created"] = row.Created, ["state"] = row.State, ["attempts"] = row.Attempts, ["outcome"] = row.Outcome,
        ["next"] = row.State == "pending" ? Micros.ToTime(row.Due) : null,
    };
}
