using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Manifests;

/// <summary>One resource as somebody wrote it down.</summary>
/// <param name="Origin">File and number, for messages: <c>monitors.yaml (2)</c>.</param>
internal sealed record Manifest(string Origin, string ApiVersion, string Kind, string Name, string? Namespace, JsonObject Resource)
{
    public static Result<Manifest> From(JsonNode node, string origin)
    {
        if (node is not JsonObject resource)
        {
            return Problem.Invalid($"{origin}: is not a resource but {(node is JsonArray ? "a list" : "a single value")}; a resource has apiVersion, kind and metadata.name");
        }

        var faults = new List<Fault>();
        var apiVersion = Text(resource, "apiVersion", "apiVersion", faults);
        var kind = Text(resource, "kind", "kind", faults);
        var metadata = resource["metadata"] as JsonObject;
        var name = Text(metadata, "name", "metadata.name", faults);
        var ns = metadata?["namespace"] is null ? null : Text(metadata, "namespace", "metadata.namespace", faults);
        return faults.Count == 0
            ? new Manifest(origin, apiVersion, kind, name, ns, resource)
            : Problem.Invalid($"{origin}: {string.Join("; ", faults.Select(f => $"{f.Path} {f.Message}"))}", faults);
    }

    private static string Text(JsonObject? map, string member, string path, List<Fault> faults)
    {
        if (map?[member] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0)
        {
            return text;
        }

        faults.Add(new Fault(path, map?[member] is null ? "is missing" : "must be text (put quotes around it)"));
        return "";
    }
}
