using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Platform.Resources.Schemas;

public enum ListKind
{
    /// <summary>Replaced as a whole; the default of Kubernetes for custom kinds.</summary>
    Atomic,
    /// <summary>Scalars, each at most once.</summary>
    Set,
    /// <summary>Objects told apart by key members.</summary>
    Map,
}

/// <summary>The structural subset of OpenAPI v3 that Kubernetes uses, read once into a tree so that checking an object parses no schema.</summary>
public sealed class StructuralSchema
{
    /// <summary>Matching is linear in the input whatever the pattern, so that a hostile value cannot hold a request.</summary>
    private const RegexOptions Safe = RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    private static readonly string[] Associative = ["map", "set"];

    private StructuralSchema()
    {
    }

    /// <summary>object, array, string, integer, number, boolean, or empty for anything.</summary>
    public string Type { get; private init; } = "";

    public IReadOnlyDictionary<string, StructuralSchema> Properties { get; private init; } = new Dictionary<string, StructuralSchema>();

    public StructuralSchema? Items { get; private init; }

    public StructuralSchema? AdditionalProperties { get; private init; }

    public IReadOnlyList<string> Required { get; private init; } = [];

    public IReadOnlyList<JsonNode?> Enum { get; private init; } = [];

    public double? Minimum { get; private init; }

    public double? Maximum { get; private init; }

    public bool ExclusiveMinimum { get; private init; }

    public bool ExclusiveMaximum { get; private init; }

    public int? MinLength { get; private init; }

    public int? MaxLength { get; private init; }

    public int? MinItems { get; private init; }

    public int? MaxItems { get; private init; }

    public Regex? Pattern { get; private init; }

    public string Format { get; private init; } = "";

    public JsonNode? Default { get; private init; }

    public bool Nullable { get; private init; }

    public bool PreserveUnknownFields { get; private init; }

    public bool IntOrString { get; private init; }

    public ListKind ListKind { get; private init; }

    public IReadOnlyList<string> ListMapKeys { get; private init; } = [];

    /// <summary>True when server-side apply treats an object as one value (x-kubernetes-map-type: atomic).</summary>
    public bool AtomicMap { get; private init; }

    public StructuralSchema? Member(string name) => Properties.GetValueOrDefault(name) ?? AdditionalProperties;

    public static StructuralSchema Parse(JsonObject json)
    {
        var listType = (string?)json["x-kubernetes-list-type"] ?? "";
        return new StructuralSchema
        {
            Type = (string?)json["type"] ?? "",
            Properties = (json["properties"] as JsonObject)?.ToDictionary(p => p.Key, p => Parse((JsonObject)p.Value!), StringComparer.Ordinal) ?? [],
            Items = json["items"] is JsonObject items ? Parse(items) : null,
            AdditionalProperties = json["additionalProperties"] is JsonObject additional ? Parse(additional) : null,
            Required = Strings(json["required"]),
            Enum = json["enum"] is JsonArray values ? [.. values.Select(v => v?.DeepClone())] : [],
            Minimum = Number(json["minimum"]),
            Maximum = Number(json["maximum"]),
            ExclusiveMinimum = Flag(json["exclusiveMinimum"]),
            ExclusiveMaximum = Flag(json["exclusiveMaximum"]),
            MinLength = (int?)Number(json["minLength"]),
            MaxLength = (int?)Number(json["maxLength"]),
            MinItems = (int?)Number(json["minItems"]),
            MaxItems = (int?)Number(json["maxItems"]),
            Pattern = (string?)json["pattern"] is { } pattern ? new Regex(pattern, Safe) : null,
            Format = (string?)json["format"] ?? "",
            // From text, as all values that rules read: a number set in code would only read as its own type.
            Default = json["default"] is { } value ? JsonNode.Parse(value.ToJsonString()) : null,
            Nullable = Flag(json["nullable"]),
            PreserveUnknownFields = Flag(json["x-kubernetes-preserve-unknown-fields"])
                || (json["additionalProperties"] is JsonValue any && any.TryGetValue<bool>(out var allowed) && allowed),
            IntOrString = Flag(json["x-kubernetes-int-or-string"]),
            ListKind = Associative.Contains(listType) ? (listType == "map" ? ListKind.Map : ListKind.Set) : ListKind.Atomic,
            ListMapKeys = Strings(json["x-kubernetes-list-map-keys"]),
            AtomicMap = (string?)json["x-kubernetes-map-type"] == "atomic",
        };
    }

    private static bool Flag(JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    /// <summary>A schema built in code holds int, double or long values alike; their JSON text is the common form.</summary>
    private static double? Number(JsonNode? node) =>
        node is null ? null : double.Parse(node.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture);

    private static string[] Strings(JsonNode? node) => node is JsonArray array ? [.. array.Select(v => (string)v!)] : [];
}
