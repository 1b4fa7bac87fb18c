using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Domain;
using Slipway.Serving.Outbound;
using Slipway.Serving.Sinks;

namespace Slipway.Serving.Reconciling;

/// <summary>The condition <c>LoggerReady</c>: whether payload events get to their sink, and how many did not.</summary>
internal sealed class LoggerStatus(EventSinks sinks, OutboundHttp http, TimeProvider time)
{
    public const string Condition = "LoggerReady";

    /// <summary>False while events do not get through: the service is looked at again then.</summary>
    public bool Write(Resource resource, LoggerSpec? logger)
    {
        if (logger?.Url is not { } url)
        {
            Drop(resource);
            return true;
        }

        if (http.Rules.Refuse(url) is { } refused)
        {
            Set(resource, false, "AddressRefused", $"No payload is sent: {refused}");
            return true;
        }

        var health = sinks.Find(resource.Namespace, resource.Name)?.Health ?? new SinkHealth(null, 0, 0);
        Set(
            resource,
            health.Trouble is null,
            health.Trouble is null ? "Delivering" : "SinkFailing",
            health.Trouble is { } trouble
                ? string.Create(CultureInfo.InvariantCulture, $"{url}: {trouble}; {health.Shed} events did not reach it so far")
                : health.Shed == 0 ? $"Payloads are sent to {url}"
                : string.Create(CultureInfo.InvariantCulture, $"Payloads are sent to {url}; {health.Shed} events did not reach it"));
        return health.Trouble is null;
    }

    private void Set(Resource resource, bool holds, string reason, string message) =>
        Conditions.Set(resource, Condition, holds ? "True" : "False", reason, message, time.GetUtcNow());

    private static void Drop(Resource resource)
    {
        if (resource.Status["conditions"] is JsonArray list && list.FirstOrDefault(c => (string?)c?["type"] == Condition) is { } stale)
        {
            list.Remove(stale);
        }
    }
}
