using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Pipelines.Triggers.Domain;

/// <summary>Finds values in an event by path: <c>payload.body.commits[0].id</c>, <c>event.subject</c>.</summary>
internal static class EventFields
{
    /// <summary>Null when nothing is there.</summary>
    public static JsonNode? Find(JsonNode? node, string path)
    {
        foreach (var part in path.Split('.'))
        {
            var bracket = part.IndexOf('[', StringComparison.Ordinal);
            var name = bracket < 0 ? part : part[..bracket];
            node = node is JsonObject members ? Member(members, name) : null;
            foreach (var index in bracket < 0 ? [] : part[bracket..].Split('[', StringSplitOptions.RemoveEmptyEntries))
            {
                node = node is JsonArray items && int.TryParse(index.TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var i) && i < items.Count ? items[i] : null;
            }
        }

        return node;
    }

    /// <summary>The static parameters, and over them those that are taken from the event; a path that leads nowhere is left out.</summary>
    public static JsonObject Parameters(JsonObject given, JsonObject fromEvent, JsonObject eventJson)
    {
        var parameters = (JsonObject)given.DeepClone();
        foreach (var (name, path) in fromEvent)
        {
            if (Find(eventJson, (string)path!) is { } value)
            {
                parameters[name] = value.DeepClone();
            }
        }

        return parameters;
    }

    // Modules write their payloads in camel case, some older ones with capitals.
    private static JsonNode? Member(JsonObject members, string name) =>
        members.TryGetPropertyValue(name, out var exact) ? exact : members.FirstOrDefault(m => m.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}
