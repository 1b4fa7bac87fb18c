using System.Text.Json.Nodes;

namespace Slipway.Cli.Verbs;

/// <summary>Small readings of resources as JSON.</summary>
internal static class Resources
{
    private static readonly string[] First = ["apiVersion", "kind", "metadata", "spec"];

    /// <summary>The one resource itself, or a List of several.</summary>
    public static JsonObject One(IReadOnlyList<JsonObject> resources) => resources.Count == 1
        ? resources[0]
        : new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. resources.Select(r => r.DeepClone())]) };

    /// <summary>In the usual order, without what the server keeps for itself, which only hides the content from a reader.</summary>
    public static JsonObject ForReading(JsonObject resource)
    {
        (resource["metadata"] as JsonObject)?.Remove("managedFields");
        var ordered = new JsonObject();
        foreach (var name in First.Where(resource.ContainsKey).Concat(resource.Select(m => m.Key).Except(First)).ToArray())
        {
            var value = resource[name];
            resource.Remove(name);
            ordered[name] = value;
        }

        return ordered;
    }

    /// <summary>What somebody wrote: without what the server counts or stamps with every write.</summary>
    public static JsonObject Content(JsonObject resource)
    {
        var content = ForReading((JsonObject)resource.DeepClone());
        if (content["metadata"] is JsonObject metadata)
        {
            foreach (var member in (string[])["resourceVersion", "generation", "uid", "creationTimestamp"])
            {
                metadata.Remove(member);
            }
        }

        return content;
    }

    public static string NameOf(JsonObject resource) => resource["metadata"]?["name"]?.ToString() ?? "";

    /// <summary>The status of a condition: True, False, Unknown, or null when there is no such condition.</summary>
    public static string? Condition(JsonObject resource, string type) =>
        Conditions(resource).FirstOrDefault(c => string.Equals(c["type"]?.ToString(), type, StringComparison.OrdinalIgnoreCase))?["status"]?.ToString();

    /// <summary>What the first condition that does not hold says, the summary of them all aside; null when none says anything.</summary>
    public static string? Why(JsonObject resource) =>
        Conditions(resource).Where(c => c["status"]?.ToString() == "False" && c["type"]?.ToString() != "Ready")
        .Select(c => c["message"]?.ToString()).FirstOrDefault(m => m is { Length: > 0 });

    private static IEnumerable<JsonObject> Conditions(JsonObject resource) =>
        ((resource["status"] as JsonObject)?["conditions"] as JsonArray ?? []).OfType<JsonObject>();
}
