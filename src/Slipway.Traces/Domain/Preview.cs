using System.Text.Json.Nodes;

namespace Slipway.Traces.Domain;

/// <summary>The short form of a trace's request or response for lists: the last message of a chat, or the beginning of the JSON.</summary>
internal static class Preview
{
    private const int Longest = 1000;

    /// <param name="json">The inputs or outputs of the root span.</param>
    /// <param name="role">Whose last message stands for the whole: user or assistant.</param>
    public static string Of(string json, string role)
    {
        var text = Messages(JsonText.Parse(json)) is { Length: > 0 } messages && TextOf(Last(messages, role)) is { Length: > 0 } said ? said : json;
        return text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest - 3), "...");
    }

    private static JsonObject Last(JsonObject[] messages, string role) =>
        messages.LastOrDefault(m => m["role"] is JsonValue value && value.TryGetValue<string>(out var name) && name == role) ?? messages[^1];

    // The shapes of OpenAI's chat completions and responses, which most libraries share.
    private static JsonObject[]? Messages(JsonNode? node) => node switch
    {
        JsonObject body when body["messages"] is JsonArray messages => Only(messages),
        JsonObject body when body["choices"] is JsonArray { Count: > 0 } choices => choices[0] is JsonObject choice ? Only([choice["message"]?.DeepClone()]) : null,
        JsonObject body when body["input"] is JsonArray input => Only(input),
        JsonObject body when body["output"] is JsonArray output => Only(output),
        JsonObject body when body["request"] is JsonObject request => Messages(request),
        _ => null,
    };

    private static JsonObject[] Only(JsonArray items) => [.. items.OfType<JsonObject>().Where(IsMessage)];

    private static bool IsMessage(JsonObject item) => item.ContainsKey("role") && item.ContainsKey("content");

    private static string? TextOf(JsonObject message)
    {
        switch (message["content"])
        {
            case JsonValue value when value.TryGetValue<string>(out var text):
                return text;
            case JsonArray parts:
                foreach (var part in parts)
                {
                    if (part is JsonValue said && said.TryGetValue<string>(out var line))
                    {
                        return line;
                    }

                    if (part is JsonObject own && own["type"] is JsonValue kind && kind.TryGetValue<string>(out var type) && type is "text" or "output_text")
                    {
                        return own["text"] is JsonValue inner && inner.TryGetValue<string>(out var found) ? found : null;
                    }
                }

                return null;
            default:
                return null;
        }
    }
}
