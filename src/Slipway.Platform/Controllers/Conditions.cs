using System.Text.Json.Nodes;
using Slipway.Platform.Resources;

namespace Slipway.Platform.Controllers;

/// <summary>Writes <c>status.conditions</c> as Kubernetes does: one entry per type, lastTransitionTime only moves when the status does.</summary>
public static class Conditions
{
    public static void Set(Resource resource, string type, string status, string reason, string message, DateTimeOffset now)
    {
        var list = resource.Status["conditions"] as JsonArray;
        if (list is null)
        {
            list = [];
            resource.Status["conditions"] = list;
        }

        var entry = list.OfType<JsonObject>().FirstOrDefault(c => (string?)c["type"] == type);
        if (entry is null)
        {
            entry = new JsonObject { ["type"] = type };
            list.Add(entry);
        }

        if ((string?)entry["status"] != status || entry["lastTransitionTime"] is null)
        {
            entry["lastTransitionTime"] = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        }

        entry["status"] = status;
        entry["reason"] = reason;
        entry["message"] = message;
        entry["observedGeneration"] = resource.Generation;
    }

    /// <summary>True, False, Unknown, or null when the condition was never written.</summary>
    public static string? StatusOf(Resource resource, string type) =>
        (resource.Status["conditions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => (string?)c["type"] == type) is { } entry
            ? (string?)entry["status"]
            : null;
}
