using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Wire;

/// <summary>A span as JSON: the form of MLflow's trace files, which is also how it is kept, and the form of OpenTelemetry on the wire.</summary>
internal static class SpanContent
{
    public static string Of(Span span) => JsonText.Of(new JsonObject
    {
        ["trace_id"] = Base64(span.OtelTraceId),
        ["span_id"] = Base64(span.SpanId),
        ["parent_span_id"] = span.ParentId is null ? null : Base64(span.ParentId),
        ["name"] = span.Name,
        ["start_time_unix_nano"] = span.Started,
        ["end_time_unix_nano"] = span.Ended,
        ["events"] = new JsonArray([.. span.Events.Select(e => new JsonObject
        {
            ["name"] = e.Name, ["time_unix_nano"] = e.Time, ["attributes"] = e.Attributes.DeepClone(),
        })]),
        ["status"] = new JsonObject
        {
            ["code"] = $"STATUS_CODE_{span.Status}", ["message"] = span.StatusMessage,
        },
        ["attributes"] = new JsonObject(span.Attributes.Select(a => new KeyValuePair<string, JsonNode?>(a.Key, a.Value))),
    });

    /// <summary>Writes kept content as a span of OpenTelemetry in protocol buffers' JSON.</summary>
    public static void Write(Utf8JsonWriter writer, string content)
    {
        if (JsonText.Parse(content) is not JsonObject span)
        {
            return;
        }

        writer.WriteStartObject();
        foreach (var name in (ReadOnlySpan<string>)["trace_id", "span_id", "parent_span_id", "name"])
        {
            if ((string?)span[name] is { Length: > 0 } text)
            {
                writer.WriteString(name, text);
            }
        }

        WriteTime(writer, span, "start_time_unix_nano");
        WriteTime(writer, span, "end_time_unix_nano");
        WriteAttributes(writer, span["attributes"] as JsonObject, dumped: true);
        WriteEvents(writer, span["events"] as JsonArray);
        writer.WriteStartObject("status");
        if (span["status"] is JsonObject status)
        {
            if ((string?)status["message"] is { Length: > 0 } message)
            {
                writer.WriteString("message", message);
            }

            if ((string?)status["code"] is { } code and not "STATUS_CODE_UNSET")
            {
                writer.WriteString("code", code);
            }
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteEvents(Utf8JsonWriter writer, JsonArray? events)
    {
        if (events is not { Count: > 0 })
        {
            return;
        }

        writer.WriteStartArray("events");
        foreach (var happened in events.OfType<JsonObject>())
        {
            writer.WriteStartObject();
            WriteTime(writer, happened, "time_unix_nano");
            writer.WriteString("name", (string?)happened["name"] ?? "");
            WriteAttributes(writer, happened["attributes"] as JsonObject, dumped: false);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    // 64-bit numbers of the wire that are not MLflow's own are texts, as protocol buffers' JSON has them.
    private static void WriteTime(Utf8JsonWriter writer, JsonObject owner, string name)
    {
        if (owner[name] is { } time)
        {
            writer.WriteString(name, time.ToString());
        }
    }

    private static void WriteAttributes(Utf8JsonWriter writer, JsonObject? attributes, bool dumped)
    {
        if (attributes is not { Count: > 0 })
        {
            return;
        }

        writer.WriteStartArray("attributes");
        foreach (var (key, value) in attributes)
        {
            writer.WriteStartObject();
            writer.WriteString("key", key);
            writer.WritePropertyName("value");
            WriteValue(writer, dumped && value is JsonValue text && text.TryGetValue<string>(out var json) ? Loaded(json) : value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    // What is no JSON stands for itself.
    private static JsonNode? Loaded(string json) => json == "null" ? null : JsonText.Parse(json) ?? JsonValue.Create(json);

    private static void WriteValue(Utf8JsonWriter writer, JsonNode? value)
    {
        writer.WriteStartObject();
        switch (value)
        {
            case JsonObject members:
                writer.WriteStartObject("kvlist_value");
                writer.WriteStartArray("values");
                foreach (var (key, member) in members)
                {
                    writer.WriteStartObject();
                    writer.WriteString("key", key);
                    writer.WritePropertyName("value");
                    WriteValue(writer, member);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
                break;
            case JsonArray items:
                writer.WriteStartObject("array_value");
                writer.WriteStartArray("values");
                foreach (var item in items)
                {
                    WriteValue(writer, item);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
                break;
            case JsonValue simple:
                WriteSimple(writer, simple);
                break;
            default:
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteSimple(Utf8JsonWriter writer, JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.String:
                writer.WriteString("string_value", value.GetValue<string>());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean("bool_value", value.GetValue<bool>());
                break;
            case JsonValueKind.Number when IsInteger(value, out var integer):
                writer.WriteString("int_value", integer);
                break;
            default:
                writer.WritePropertyName("double_value");
                writer.WriteRawValue(JsonText.Of(value), skipInputValidation: true);
                break;
        }
    }

    private static bool IsInteger(JsonValue value, out string text)
    {
        text = JsonText.Of(value);
        return text.AsSpan().IndexOfAny('.', 'e', 'E') < 0 && long.TryParse(text, out _);
    }

    private static string Base64(string hex) => Convert.ToBase64String(Convert.FromHexString(hex));
}
