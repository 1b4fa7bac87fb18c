using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Values;

/// <summary>What the parameter types mean: which JSON values they allow, how a value is said as text and read from it.</summary>
public static class ParameterValues
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] True = ["1", "t", "T", "TRUE", "true", "True"];
    private static readonly string[] False = ["0", "f", "F", "FALSE", "false", "False"];

    /// <summary>
    /// The value in its type's own form, or what is wrong with it. The compiler writes every number as a double: an integer's <c>3.0</c> becomes <c>3</c>,
    /// also within lists and structs. Nothing is converted from one type to another.
    /// </summary>
    public static Result<JsonNode?> Retype(ParameterType type, JsonNode? value)
    {
        var kind = value?.GetValueKind() ?? JsonValueKind.Null;
        var fits = type switch
        {
            ParameterType.String => kind == JsonValueKind.String,
            ParameterType.NumberInteger => Numbers.TryLong(value, out _),
            ParameterType.NumberDouble => Numbers.TryDouble(value, out _),
            ParameterType.Boolean => kind is JsonValueKind.True or JsonValueKind.False,
            ParameterType.List => kind == JsonValueKind.Array,
            ParameterType.Struct or ParameterType.TaskFinalStatus or ParameterType.TaskConfig => kind == JsonValueKind.Object,
            _ => true,
        };
        return fits ? Result.From(Plain(value)) : Problem.Invalid($"must be {Name(type)}, not {Describe(value)}");
    }

    /// <summary>As <see cref="Retype"/>, but what is not text becomes text where text is asked for: so values travel between tasks.</summary>
    public static Result<JsonNode?> Convert(ParameterType type, JsonNode? value) =>
        type == ParameterType.String && value is not null && value.GetValueKind() != JsonValueKind.String
            ? (JsonNode?)JsonValue.Create(ToText(value))
            : Retype(type, value);

    /// <summary>A value as text, in a command line or inside a longer text. Null is empty.</summary>
    public static string ToText(JsonNode? value) => value switch
    {
        null => "",
        JsonValue text when text.TryGetValue<string>(out var content) => content,
        JsonValue when Numbers.IsNumber(value) => Numbers.TryLong(value, out var whole) ? whole.ToString(CultureInfo.InvariantCulture)
            : Numbers.TryDouble(value, out var number) ? Numbers.Text(number) : value.ToJsonString(),
        JsonValue flag when flag.TryGetValue<bool>(out var content) => content ? "true" : "false",
        _ => ToCompactJson(value),
    };

    /// <summary>JSON without white space; characters beyond ASCII as they are, whole numbers without a point.</summary>
    public static string ToCompactJson(JsonNode? value) => Plain(value)?.ToJsonString(Compact) ?? "null";

    /// <summary>A value that a task wrote to an output file.</summary>
    public static Result<JsonNode?> FromText(ParameterType type, string text)
    {
        switch (type)
        {
            case ParameterType.String:
                return (JsonNode?)JsonValue.Create(text);
            case ParameterType.NumberInteger:
                return long.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? (JsonNode?)JsonValue.Create(whole) : Wrong(type, text);
            case ParameterType.NumberDouble:
                return double.TryParse(text.AsSpan().Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                    ? Result.From(Plain(JsonValue.Create(number)))
                    : Wrong(type, text);
            case ParameterType.Boolean:
                var word = text.Trim();
                return True.Contains(word) ? (JsonNode?)JsonValue.Create(true) : False.Contains(word) ? (JsonNode?)JsonValue.Create(false) : Wrong(type, text);
            default:
                return Json(text) is { } read && read.TryGet(out var node, out _) && Retype(type, node).TryGet(out var value, out _) ? Result.From(value) : Wrong(type, text);
        }
    }

    /// <summary>JSON text as a value; a problem when it is not JSON.</summary>
    public static Result<JsonNode?> Json(string text)
    {
        try
        {
            var node = JsonNode.Parse(text);
            // Members are only read when they are asked for: a name that stands twice, or half of a surrogate pair, would show up much later.
            _ = node?.DeepClone().ToJsonString();
            return Result.From(Plain(node));
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException or InvalidOperationException)
        {
            return Problem.Invalid($"is not JSON: {fault.Message}");
        }
    }

    /// <summary>Whether two values are the same: numbers by value, members in any order.</summary>
    public static bool AreEqual(JsonNode? left, JsonNode? right) => JsonNode.DeepEquals(Plain(left), Plain(right));

    /// <summary>A copy in which whole numbers have no point and text is text, all the way down.</summary>
    public static JsonNode? Plain(JsonNode? value)
    {
        switch (value)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select(Plain)]);
            case JsonObject map:
                return new JsonObject(map.Select(p => KeyValuePair.Create(p.Key, Plain(p.Value))));
            case JsonValue when Numbers.IsNumber(value):
                return Numbers.TryLong(value, out var whole) ? JsonValue.Create(whole) : Numbers.TryDouble(value, out var number) ? JsonValue.Create(number) : value.DeepClone();
            default:
                return value?.DeepClone();
        }
    }

    /// <summary>The type in words.</summary>
    public static string Name(ParameterType type) => type switch
    {
        ParameterType.String => "text",
        ParameterType.NumberInteger => "a whole number",
        ParameterType.NumberDouble => "a number",
        ParameterType.Boolean => "true or false",
        ParameterType.List => "a list",
        ParameterType.Struct => "a map",
        ParameterType.TaskFinalStatus => "a task's final status",
        ParameterType.TaskConfig => "a task's configuration",
        _ => "any value",
    };

    /// <summary>A value in words, short enough for a message.</summary>
    public static string Describe(JsonNode? value)
    {
        var json = value is null ? "null" : ToCompactJson(value);
        return json.Length <= 60 ? json : string.Concat(json.AsSpan(0, 57), "...");
    }

    private static Problem Wrong(ParameterType type, string text) => Problem.Invalid($"must be {Name(type)}, but the file says {Describe(JsonValue.Create(text))}");
}
