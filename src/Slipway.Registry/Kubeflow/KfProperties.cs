using System.Text.Json.Nodes;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Kubeflow;

/// <summary>
/// Custom properties of models and versions: texts are tags, which MLflow's clients see; other types have no other home and are kept beside them.
/// </summary>
internal static class KfProperties
{
    public static JsonObject Shown(IReadOnlyDictionary<string, string> tags, string properties)
    {
        var shown = JsonNode.Parse(properties)!.AsObject();
        foreach (var (key, value) in tags)
        {
            shown[key] = new JsonObject { ["metadataType"] = "MetadataStringValue", ["string_value"] = value };
        }

        return shown;
    }

    /// <summary>What becomes a tag, and the rest.</summary>
    public static (IReadOnlyDictionary<string, string> Tags, string Others) Split(JsonObject properties)
    {
        var (tags, rest) = (new SortedDictionary<string, string>(StringComparer.Ordinal), new JsonObject());
        foreach (var (name, value) in properties)
        {
            if ((string?)value!["metadataType"] == "MetadataStringValue" && (string)value["string_value"]! is var text && MlflowRules.Tag(name, text, ofVersion: false) is null)
            {
                tags[name] = text;
            }
            else
            {
                rest[name] = value.DeepClone();
            }
        }

        return (tags, rest.ToJsonString());
    }

    /// <summary>Tags to set and to take away so that the wanted ones are left; those that MLflow keeps for itself stay.</summary>
    public static IEnumerable<(string Key, string? Value)> Changes(IReadOnlyDictionary<string, string> now, IReadOnlyDictionary<string, string> wanted) =>
    [
        .. wanted.Where(w => now.GetValueOrDefault(w.Key) != w.Value).Select(w => (w.Key, (string?)w.Value)),
        .. now.Keys.Where(k => !wanted.ContainsKey(k) && !k.StartsWith("mlflow.", StringComparison.Ordinal)).Select(k => (k, (string?)null)),
    ];
}
