using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;
using Slipway.Platform.Http;

namespace Slipway.Server.Audit;

/// <summary>
/// <c>GET /api/slipway/v1/events?after=&amp;type=&amp;namespace=&amp;limit=</c>: the event log from a sequence number on, oldest first. type is a prefix; limit is
/// 1 to 1000, default 100. The answer's <c>next</c> is the <c>after</c> of the following page.
/// </summary>
internal static class ListEvents
{
    private const int MaxLimit = 1000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/slipway/v1/events", HandleAsync).RequirePermission("audit.read");

    private static async Task HandleAsync(HttpContext http)
    {
        var query = http.Request.Query;
        var faults = new List<Fault>();
        var after = Number(query["after"], "after", 0, 0, long.MaxValue, faults);
        var limit = Number(query["limit"], "limit", 100, 1, MaxLimit, faults);
        if (faults.Count > 0)
        {
            await Problem.Invalid(faults).ToAnswer().ExecuteAsync(http);
            return;
        }

        var log = (IEventLog)http.RequestServices.GetService(typeof(IEventLog))!;
        var found = await log.ReadAsync(
            after, new EventFilter(Text(query["type"]), Text(query["namespace"])), (int)limit, http.RequestAborted);
        var answer = new JsonObject
        {
            ["items"] = new JsonArray([.. found.Select(e => (JsonNode)new JsonObject
            {
                ["sequence"] = e.Sequence, ["time"] = e.Time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), ["type"] = e.Type,
                ["namespace"] = e.Namespace, ["subject"] = e.Subject, ["actor"] = e.Actor, ["payload"] = PayloadOf(e), ["hash"] = e.Hash,
            })]),
            ["next"] = found.Count > 0 ? found[^1].Sequence : after,
        };
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(answer.ToJsonString(), http.RequestAborted);
    }

    /// <summary>Secrets stay out of the log's readers: their values were never meant to be listed.</summary>
    private static JsonNode? PayloadOf(Event e)
    {
        if (e.Payload.IsEmpty)
        {
            return null;
        }

        var payload = JsonNode.Parse(e.Payload.Span);
        if (payload is JsonObject secret && secret["kind"] is JsonValue kind && kind.TryGetValue<string>(out var name) && name == "Secret")
        {
            secret.Remove("data");
            secret.Remove("stringData");

            // Annotations too: kubectl apply keeps the whole manifest, values and all, in one of them.
            (secret["metadata"] as JsonObject)?.Remove("annotations");
        }

        return payload;
    }

    private static string? Text(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static long Number(string? text, string name, long otherwise, long least, long most, List<Fault> faults)
    {
        if (string.IsNullOrEmpty(text))
        {
            return otherwise;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }

        faults.Add(new Fault(name, $"'{text}' must be a whole number from {least} to {most}"));
        return otherwise;
    }
}
