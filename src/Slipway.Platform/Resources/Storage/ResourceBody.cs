using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Platform.Resources.Storage;

/// <summary>
/// The stored text of an object. It is the payload of the object's event, so it cannot hold the event's number; since apiVersion, kind and
/// metadata always come first, the resourceVersion is put in by position, without reading the rest.
/// </summary>
internal static class ResourceBody
{
    private const string MetadataStart = "\"metadata\":{";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text to store: apiVersion, kind, metadata and then the rest, without the resourceVersion.</summary>
    public static string Write(JsonObject obj)
    {
        var ordered = new JsonObject
        {
            ["apiVersion"] = obj["apiVersion"]?.DeepClone(), ["kind"] = obj["kind"]?.DeepClone(), ["metadata"] = obj["metadata"]?.DeepClone(),
        };
        ((JsonObject)ordered["metadata"]!).Remove("resourceVersion");
        foreach (var (name, value) in obj)
        {
            if (name is not ("apiVersion" or "kind" or "metadata"))
            {
                ordered[name] = value?.DeepClone();
            }
        }

        return ordered.ToJsonString(Plain);
    }

    /// <summary>The whole object's text with its resourceVersion.</summary>
    public static string Text(string body, long version)
    {
        var at = body.IndexOf(MetadataStart, StringComparison.Ordinal) + MetadataStart.Length;
        var inserted = string.Create(CultureInfo.InvariantCulture, $"\"resourceVersion\":\"{version}\"{(body[at] == '}' ? "" : ",")}");
        return string.Concat(body.AsSpan(0, at), inserted, body.AsSpan(at));
    }

    public static JsonObject Read(string body, long version) => (JsonObject)JsonNode.Parse(Text(body, version))!;

    /// <summary>
    /// A copy as if it had come over the wire. Numbers set in code are typed (an int does not read as a long), numbers read from text are not:
    /// with one form inside, rules may read them as they like.
    /// </summary>
    public static T Fresh<T>(T node)
        where T : JsonNode => (T)JsonNode.Parse(node.ToJsonString(Plain))!;

    public static Resource ToResource(this ResourceRow row) => new(Read(row.Body, row.Version));
}
