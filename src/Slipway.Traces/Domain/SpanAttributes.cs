using System.Text.Json.Nodes;

namespace Slipway.Traces.Domain;

/// <summary>
/// Attributes as MLflow stores them: each value is a JSON text. Values that a client wrote as JSON already (a text or an object) are kept so and not
/// wrapped a second time; what other tracing libraries call inputs, outputs, token usage and kind also gets MLflow's name.
/// </summary>
internal static class SpanAttributes
{
    public static IReadOnlyList<KeyValuePair<string, string>> Stored(IEnumerable<KeyValuePair<string, JsonNode?>> given)
    {
        var stored = new List<KeyValuePair<string, string>>();
        var known = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (key, value) in given)
        {
            if (known.TryAdd(key, value))
            {
                stored.Add(new(key.Replace("\0", "", StringComparison.Ordinal), Dump(value)));
            }
        }

        AddTranslated(known, stored);
        return stored;
    }

    private static string Dump(JsonNode? value) =>
        value is JsonValue text && text.TryGetValue<string>(out var inner) && IsDumped(inner) ? inner : JsonText.Of(value);

    // A list or number inside a text stays a text: "1" must not become 1.
    private static bool IsDumped(string text) =>
        text.Length > 1 && text[0] is '"' or '{' && JsonText.Parse(text) is { } node && (node is JsonObject || (node is JsonValue value && value.TryGetValue<string>(out _)));

    private static void AddTranslated(Dictionary<string, JsonNode?> given, List<KeyValuePair<string, string>> stored)
    {
        if (!given.ContainsKey(TraceKeys.Inputs) && First(given, OtherNames.Inputs) is { } inputs)
        {
            stored.Add(new(TraceKeys.Inputs, Dump(inputs)));
        }

        if (!given.ContainsKey(TraceKeys.Outputs) && First(given, OtherNames.Outputs) is { } outputs)
        {
            stored.Add(new(TraceKeys.Outputs, Dump(outputs)));
        }

        if (!given.ContainsKey(TraceKeys.ChatUsage) && Integer(given, OtherNames.InputTokens) is { } input and > 0 && Integer(given, OtherNames.OutputTokens) is { } output and > 0)
        {
            var usage = new JsonObject { ["input_tokens"] = input, ["output_tokens"] = output, ["total_tokens"] = Integer(given, OtherNames.TotalTokens) ?? input + output };
            stored.Add(new(TraceKeys.ChatUsage, JsonText.Of(usage)));
        }

        if (!given.ContainsKey(TraceKeys.SpanType) && OtherNames.TypeOf(key => Text(given, key)) is { } type)
        {
            stored.Add(new(TraceKeys.SpanType, JsonText.OfText(type)));
        }
    }

    private static JsonNode? First(Dictionary<string, JsonNode?> given, IEnumerable<string> names) => names.Select(name => given.GetValueOrDefault(name)).FirstOrDefault(v => v is not null);

    // A client that dumps its attributes sends even a number as a text.
    private static long? Integer(Dictionary<string, JsonNode?> given, IEnumerable<string> names) =>
        First(given, names) is { } node && long.TryParse(JsonText.Of(node).Trim('"'), out var number) ? number : null;

    private static string? Text(Dictionary<string, JsonNode?> given, string key) =>
        given.GetValueOrDefault(key) is JsonValue value && value.TryGetValue<string>(out var text)
            ? JsonText.Parse(text) is JsonValue inner && inner.TryGetValue<string>(out var plain) ? plain : text
            : null;
}
