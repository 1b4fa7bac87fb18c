using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Traces.Domain;

/// <summary>
/// JSON as Python writes it, <c>{"a": 1, "b": [1.0]}</c>: what clients search in the content of spans has spaces after commas and colons, and a
/// number with a fraction keeps its point. Letters beyond ASCII stay what they are, so that they can be searched.
/// </summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions Lenient = new() { MaxDepth = 256, AllowDuplicateProperties = false };

    /// <summary>Null for what is no JSON, and for <c>null</c>.</summary>
    public static JsonNode? Parse(string text)
    {
        try
        {
            var node = JsonNode.Parse(text, documentOptions: Lenient);
            if (text.Contains("\\ud", StringComparison.OrdinalIgnoreCase))
            {
                // Texts are decoded when they are first read; half of a surrogate pair would only throw then.
                _ = Of(node);
            }

            return node;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public static string Of(JsonNode? node)
    {
        var text = new StringBuilder();
        Write(text, node);
        return text.ToString();
    }

    public static string OfText(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        WriteText(text, value);
        return text.ToString();
    }

    /// <summary>A number as a search compares it: 5.0 and 5 are the same.</summary>
    public static string Plain(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static void Write(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                WriteMembers(text, members);
                break;
            case JsonArray items:
                WriteItems(text, items);
                break;
            case JsonValue value:
                WriteValue(text, value);
                break;
            default:
                break;
        }
    }

    private static void WriteMembers(StringBuilder text, JsonObject members)
    {
        text.Append('{');
        var first = true;
        foreach (var (name, member) in members)
        {
            text.Append(first ? "" : ", ");
            first = false;
            WriteText(text, name);
            text.Append(": ");
            Write(text, member);
        }

        text.Append('}');
    }

    private static void WriteItems(StringBuilder text, JsonArray items)
    {
        text.Append('[');
        for (var i = 0; i < items.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            Write(text, items[i]);
        }

        text.Append(']');
    }

    private static void WriteValue(StringBuilder text, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                WriteText(text, value.GetValue<string>());
                break;
            case JsonValueKind.Number when value.TryGetValue<long>(out var integer):
                text.Append(integer);
                break;
            case JsonValueKind.Number when value.TryGetValue<JsonElement>(out var element):
                text.Append(element.GetRawText());
                break;
            case JsonValueKind.Number when value.TryGetValue<double>(out var real):
                text.Append(Math.Truncate(real) == real && Math.Abs(real) < 1e16 ? real.ToString("0.0", CultureInfo.InvariantCulture) : Plain(real));
                break;
            default:
                text.Append(value.ToJsonString());
                break;
        }
    }

    private static void WriteText(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
