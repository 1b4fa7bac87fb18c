using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>The names of types in the short form.</summary>
internal static class ShortTypes
{
    public const string Known = "string, int, float, bool, list, map, any; artifact, dataset, model, metrics, classification-metrics, html, markdown, or a type such as my.Type";

    public static ParameterType? Parameter(string name) => name switch
    {
        "string" or "str" or "text" => ParameterType.String,
        "int" or "integer" => ParameterType.NumberInteger,
        "float" or "double" or "number" => ParameterType.NumberDouble,
        "bool" or "boolean" => ParameterType.Boolean,
        "list" => ParameterType.List,
        "map" or "dict" or "struct" => ParameterType.Struct,
        "any" => ParameterType.Unspecified,
        _ => null,
    };

    public static ArtifactType? Artifact(string name) => name switch
    {
        "artifact" or "file" or "folder" => ArtifactType.Of(ArtifactType.AnyTitle),
        "dataset" => ArtifactType.Of("system.Dataset"),
        "model" => ArtifactType.Of("system.Model"),
        "metrics" => ArtifactType.Of("system.Metrics"),
        "classification-metrics" => ArtifactType.Of("system.ClassificationMetrics"),
        "html" => ArtifactType.Of("system.HTML"),
        "markdown" => ArtifactType.Of("system.Markdown"),
        _ => name.Contains('.') ? ArtifactType.Of(name) : null,
    };

    /// <summary>The type that a value shows; null is any.</summary>
    public static ParameterType Of(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.String => ParameterType.String,
        JsonValueKind.True or JsonValueKind.False => ParameterType.Boolean,
        // Written as 0.1 it may also be 1; written as 1 it is meant to stay whole.
        JsonValueKind.Number => Numbers.TryLong(value, out _) && !value.ToJsonString().AsSpan().ContainsAny('.', 'e', 'E') ? ParameterType.NumberInteger : ParameterType.NumberDouble,
        JsonValueKind.Array => ParameterType.List,
        JsonValueKind.Object => ParameterType.Struct,
        _ => ParameterType.Unspecified,
    };

    /// <summary>The type of all the values, or any.</summary>
    public static ParameterType OfAll(IEnumerable<JsonNode?> values)
    {
        var types = values.Select(Of).Distinct().ToList();
        return types.Count == 1 ? types[0]
            : types.Count == 2 && types.All(t => t is ParameterType.NumberInteger or ParameterType.NumberDouble) ? ParameterType.NumberDouble
            : ParameterType.Unspecified;
    }
}
