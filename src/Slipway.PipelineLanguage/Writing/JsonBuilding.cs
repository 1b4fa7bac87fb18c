using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Writing;

/// <summary>Members that are written only when they say something.</summary>
internal static class JsonBuilding
{
    public static JsonObject And(this JsonObject json, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            json[name] = text;
        }

        return json;
    }

    public static JsonObject And(this JsonObject json, string name, bool flag)
    {
        if (flag)
        {
            json[name] = true;
        }

        return json;
    }

    public static JsonObject And(this JsonObject json, string name, JsonNode? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }

        return json;
    }

    public static JsonObject AndFilled(this JsonObject json, string name, JsonObject value) => value.Count == 0 ? json : json.And(name, value);

    public static JsonObject AndTexts(this JsonObject json, string name, IEnumerable<string> texts)
    {
        var list = new JsonArray([.. texts.Select(t => JsonValue.Create(t))]);
        return list.Count == 0 ? json : json.And(name, list);
    }

    public static JsonObject AndMap<T>(this JsonObject json, string name, IReadOnlyDictionary<string, T> map, Func<T, JsonObject> write) =>
        map.Count == 0 ? json : json.And(name, new JsonObject(map.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, write(p.Value)))));

    /// <summary>A duration as the protocol writes it: <c>"3600s"</c>, <c>"0.5s"</c>.</summary>
    public static JsonObject And(this JsonObject json, string name, TimeSpan? duration) =>
        duration is { } time ? json.And(name, (JsonNode)$"{time.TotalSeconds.ToString("0.#########", System.Globalization.CultureInfo.InvariantCulture)}s") : json;
}
