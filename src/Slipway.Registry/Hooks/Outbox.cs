using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Hooks;

/// <summary>Writes down, in the transaction of a change, what is to be sent about it: a crash between the two loses nothing.</summary>
internal static class Outbox
{
    /// <summary>The event that says there is something to send.</summary>
    public const string Queued = "model.webhook.queued";

    // The receivers' signatures are over these very bytes; letters stay what they are.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task SendAsync(IWriteSession session, string ns, (HookEvent Event, JsonObject Data) what, DateTimeOffset now)
    {
        var hooks = (await HookStore.ActiveAsync(session, ns)).Where(h => h.EventNames.Contains(what.Event.Name, StringComparer.Ordinal)).ToArray();
        if (hooks.Length == 0)
        {
            return;
        }

        var payload = Payload(what.Event, what.Data, ns, now);
        foreach (var hook in hooks)
        {
            await HookStore.AddDeliveryAsync(session, new DeliveryRow
            {
                Id = Guid.NewGuid().ToString(), Namespace = ns, Webhook = hook.Id, Event = what.Event.Name, Payload = payload, Created = now, Due = Micros.Of(now),
            });
        }

        var told = new JsonObject { ["event"] = what.Event.Name, ["webhooks"] = hooks.Length };
        await session.AppendAsync(new EventDraft(Queued, ns, "webhooks", Encoding.UTF8.GetBytes(told.ToJsonString())));
    }

    /// <summary>The body of a request.</summary>
    public static string Payload(HookEvent of, JsonObject data, string ns, DateTimeOffset now)
    {
        var body = new JsonObject
        {
            ["entity"] = of.Entity,
            ["action"] = of.Action,
            ["timestamp"] = now.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture),
            ["data"] = data.DeepClone(),
        };
        if (ns != "default")
        {
            body["workspace"] = ns;
        }

        return body.ToJsonString(Plain);
    }
}
