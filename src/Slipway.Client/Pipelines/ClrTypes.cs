using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.Client.Pipelines;

/// <summary>.NET types and values as those of the IR.</summary>
internal static class ClrTypes
{
    public static ParameterType Of(Type type) =>
        type == typeof(string) ? ParameterType.String
        : type == typeof(int) || type == typeof(long) ? ParameterType.NumberInteger
        : type == typeof(double) || type == typeof(float) || type == typeof(decimal) ? ParameterType.NumberDouble
        : type == typeof(bool) ? ParameterType.Boolean
        : type == typeof(JsonObject) || typeof(IDictionary).IsAssignableFrom(type) ? ParameterType.Struct
        : type == typeof(JsonArray) || typeof(IEnumerable).IsAssignableFrom(type) ? ParameterType.List
        : throw new ArgumentException($"{type.Name} is no type of a pipeline's parameter; use string, int, long, double, bool, a list, a dictionary or JsonObject");

    public static JsonNode? Json(object? value) => value switch
    {
        null => null,
        JsonNode node => node.DeepClone(),
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        int or long => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        double or float or decimal => JsonValue.Create(Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        IDictionary map => new JsonObject(map.Keys.Cast<object>().Select(key => KeyValuePair.Create(Convert.ToString(key, CultureInfo.InvariantCulture)!, Json(map[key])))),
        IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(Json)]),
        _ => throw new ArgumentException($"{value.GetType().Name} is no value of a pipeline's parameter"),
    };

    /// <summary>A literal of the IR's expressions.</summary>
    public static string Literal(object? value, ParameterType type) => value switch
    {
        string text => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)}'",
        bool flag => flag ? "true" : "false",
        _ when type == ParameterType.NumberInteger => Convert.ToInt64(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        _ when type == ParameterType.NumberDouble => Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number && double.IsFinite(number)
            ? JsonSerializer.SerializeToNode(number)!.ToJsonString() is var digits && digits.AsSpan().ContainsAny('.', 'e', 'E') ? digits : $"{digits}.0"
            : throw new ArgumentException("A condition cannot compare with infinity or NaN"),
        _ => throw new ArgumentException($"A condition compares text, numbers and flags, not {type}"),
    };
}
