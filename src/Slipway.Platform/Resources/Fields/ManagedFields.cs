using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Fields;

/// <summary>One entry of metadata.managedFields.</summary>
internal sealed record Manager(string Name, string Operation, string ApiVersion, string Subresource)
{
    public required FieldSet Fields { get; init; }

    /// <summary>RFC 3339, when the manager's fields last changed.</summary>
    public string Time { get; init; } = "";

    public bool Is(string name, string operation, string subresource) => Name == name && Operation == operation && Subresource == subresource;
}

/// <summary>The list of managers of an object, read from and written to its metadata.</summary>
internal static class ManagedFields
{
    /// <summary>Entries that cannot be read are dropped: their fields then belong to nobody.</summary>
    public static List<Manager> Read(JsonObject obj)
    {
        var managers = new List<Manager>();
        if (obj["metadata"]?["managedFields"] is not JsonArray entries)
        {
            return managers;
        }

        foreach (var entry in entries.OfType<JsonObject>())
        {
            if (FieldSet.Parse(entry["fieldsV1"]) is { IsEmpty: false } fields)
            {
                managers.Add(new Manager(Text(entry, "manager"), Text(entry, "operation"), Text(entry, "apiVersion"), Text(entry, "subresource"))
                {
                    Fields = fields, Time = Text(entry, "time"),
                });
            }
        }

        return managers;
    }

    /// <summary>
    /// The managers a write starts from. A body may carry its own list (kubectl rewrites it when it moves from client-side to server-side
    /// apply); without one the stored list stands, and <c>[{}]</c> clears it, as in Kubernetes.
    /// </summary>
    public static List<Manager> ForWrite(JsonObject live, JsonObject body)
    {
        var given = body["metadata"]?["managedFields"] as JsonArray;
        if (given is { Count: 1 } && given[0] is JsonObject { Count: 0 })
        {
            return [];
        }

        return given is { Count: > 0 } && Read(body) is { Count: > 0 } own ? own : Read(live);
    }

    public static void Write(JsonObject obj, IReadOnlyList<Manager> managers)
    {
        var metadata = (JsonObject)obj["metadata"]!;
        metadata.Remove("managedFields");
        var entries = new JsonArray();
        // One order for one set of managers: otherwise writing the same again would count as a change.
        foreach (var manager in managers.Where(m => !m.Fields.IsEmpty)
            .OrderBy(m => m.Operation, StringComparer.Ordinal).ThenBy(m => m.Time, StringComparer.Ordinal)
            .ThenBy(m => m.Name, StringComparer.Ordinal).ThenBy(m => m.Subresource, StringComparer.Ordinal))
        {
            var entry = new JsonObject
            {
                ["manager"] = manager.Name, ["operation"] = manager.Operation, ["apiVersion"] = manager.ApiVersion, ["time"] = manager.Time,
                ["fieldsType"] = "FieldsV1", ["fieldsV1"] = manager.Fields.ToJson(),
            };
            if (manager.Subresource.Length > 0)
            {
                entry["subresource"] = manager.Subresource;
            }

            entries.Add(entry);
        }

        if (entries.Count > 0)
        {
            metadata["managedFields"] = entries;
        }
    }

    private static string Text(JsonObject entry, string name) => entry[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";
}
