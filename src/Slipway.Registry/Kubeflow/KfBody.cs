using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Kubeflow;

/// <summary>The body of a request: every field that is wrong is told at once, fields that nobody knows are left out.</summary>
internal sealed class KfBody(JsonObject json)
{
    private const int LongestName = 250;
    private const int LongestText = 100_000;
    private const int MostProperties = 1_000;

    private static readonly Dictionary<string, string> ValueFields = new(StringComparer.Ordinal)
    {
        ["MetadataStringValue"] = "string_value", ["MetadataIntValue"] = "int_value", ["MetadataDoubleValue"] = "double_value", ["MetadataBoolValue"] = "bool_value",
        ["MetadataStructValue"] = "struct_value", ["MetadataProtoValue"] = "proto_value",
    };

    private readonly List<Fault> _faults = [];

    public Problem? Problem => _faults.Count > 0 ? Kernel.Problems.Problem.Invalid(_faults) : null;

    public bool Has(string field) => json[field] is not null;

    public void Reject(string field, string why) => _faults.Add(new Fault(field, why));

    /// <summary>Null when absent.</summary>
    public string? Text(string field, int longest = LongestText)
    {
        if (json[field] is not { } node)
        {
            return null;
        }

        if (node is not JsonValue value || !value.TryGetValue<string>(out var text))
        {
            Reject(field, "must be a text");
            return null;
        }

        if (Texts.Check(field, text, longest) is { } fault)
        {
            _faults.Add(fault);
        }

        return text;
    }

    public string? Name() => Text("name", LongestName);

    public string RequiredName()
    {
        var name = Name();
        if (string.IsNullOrEmpty(name))
        {
            Reject("name", "is missing; give a name");
        }

        return name ?? "";
    }

    /// <summary>One of a list; null when absent.</summary>
    public string? Choice(string field, params IReadOnlyList<string> choices)
    {
        var text = Text(field);
        if (text is not null && !choices.Contains(text, StringComparer.Ordinal))
        {
            Reject(field, $"'{Names.Shown(text)}' is none of {string.Join(", ", choices)}");
        }

        return text;
    }

    /// <summary>The id of something else, a text of digits; null when absent.</summary>
    public long? Id(string field)
    {
        if (Text(field) is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0)
        {
            return id;
        }

        Reject(field, $"'{Names.Shown(text)}' is no id; ids are texts of digits");
        return null;
    }

    /// <summary>Typed values by name; null when absent.</summary>
    public JsonObject? Properties()
    {
        if (json["customProperties"] is not { } node)
        {
            return null;
        }

        if (node is not JsonObject properties || properties.Count > MostProperties)
        {
            Reject("customProperties", $"must be an object of at most {MostProperties} typed values");
            return null;
        }

        foreach (var (name, value) in properties)
        {
            var path = $"customProperties.{Names.Shown(name)}";
            if (Texts.Check(path, name, LongestName, empty: false) is { } fault)
            {
                _faults.Add(fault);
            }

            if (value is not JsonObject typed || typed["metadataType"] is not JsonValue type || !type.TryGetValue<string>(out var kind)
                || !ValueFields.TryGetValue(kind, out var field) || !Fits(kind, typed[field]))
            {
                Reject(path, "must look like {\"metadataType\": \"MetadataStringValue\", \"string_value\": \"x\"}");
            }
        }

        return properties;
    }

    /// <summary>Those of the fields that are there, whatever they hold, if it is text, a number, a flag or a list of texts.</summary>
    public JsonObject Picked(params IEnumerable<string> fields)
    {
        var picked = new JsonObject();
        foreach (var field in fields)
        {
            switch (json[field])
            {
                case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                    _ = Text(field);
                    picked[field] = value.DeepClone();
                    break;
                case JsonValue value:
                    picked[field] = value.DeepClone();
                    break;
                case JsonArray list when list.Count <= 1_000 && list.All(i => i is JsonValue v && v.GetValueKind() == JsonValueKind.String && Texts.IsKept(v.GetValue<string>())):
                    picked[field] = list.DeepClone();
                    break;
                case not null:
                    Reject(field, "is neither a text, a number, true or false, nor a list of texts");
                    break;
                default:
                    break;
            }
        }

        return picked;
    }

    private static bool Fits(string kind, JsonNode? value) => value is JsonValue given && kind switch
    {
        "MetadataBoolValue" => given.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "MetadataDoubleValue" => given.GetValueKind() == JsonValueKind.Number,
        "MetadataIntValue" => given.TryGetValue<string>(out var number) && int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        _ => given.TryGetValue<string>(out var text) && text.Length <= LongestText && Texts.IsKept(text),
    };
}
