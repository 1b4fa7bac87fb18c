using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Otlp;

/// <summary>
/// Reads OTLP in JSON: camelCase as its specification has it, or snake_case; ids in hex, 64-bit numbers as text. Ids in base64, as protocol
/// buffers' own JSON has them, are taken too.
/// </summary>
internal static class OtlpJson
{
    private const int Deepest = 64;

    /// <exception cref="ProtoFault">It is no such message.</exception>
    public static List<Span> Read(JsonElement request)
    {
        var spans = new List<Span>();
        foreach (var resource in Items(request, "resourceSpans", "resource_spans"))
        {
            var service = Member(resource, "resource", "resource") is { } about ? Pairs(about, 0).FirstOrDefault(p => p.Key == RawSpan.ServiceName).Value : null;
            var name = service is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
            foreach (var scope in Items(resource, "scopeSpans", "scope_spans"))
            {
                spans.AddRange(Items(scope, "spans", "spans").Select(span => ReadSpan(span, name)));
            }
        }

        return spans;
    }

    private static Span ReadSpan(JsonElement span, string? service)
    {
        var raw = new RawSpan
        {
            Service = service,
            TraceId = Id(span, "traceId", "trace_id", 16),
            SpanId = Id(span, "spanId", "span_id", 8),
            ParentId = Id(span, "parentSpanId", "parent_span_id", 8),
            Name = Text(Member(span, "name", "name")),
            Started = Integer(Member(span, "startTimeUnixNano", "start_time_unix_nano")),
            Ended = Integer(Member(span, "endTimeUnixNano", "end_time_unix_nano")),
        };
        raw.Attributes.AddRange(Pairs(span, 0));
        foreach (var happened in Items(span, "events", "events"))
        {
            var attributes = new JsonObject();
            foreach (var (key, value) in Pairs(happened, 0))
            {
                attributes[key] = value;
            }

            raw.Events.Add(new SpanEvent(Text(Member(happened, "name", "name")), RawSpan.Nanos(Integer(Member(happened, "timeUnixNano", "time_unix_nano"))), attributes));
        }

        if (Member(span, "status", "status") is { ValueKind: JsonValueKind.Object } status)
        {
            raw.StatusMessage = Text(Member(status, "message", "message"));
            raw.StatusCode = Member(status, "code", "code") switch
            {
                { ValueKind: JsonValueKind.Number } code when code.TryGetInt32(out var number) => number,
                { ValueKind: JsonValueKind.String } code => Text(code) switch { "STATUS_CODE_OK" or "1" => 1, "STATUS_CODE_ERROR" or "2" => 2, _ => 0 },
                _ => 0,
            };
        }

        return raw.ToSpan();
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Pairs(JsonElement owner, int depth) =>
        Items(owner, "attributes", "attributes").Select(pair => new KeyValuePair<string, JsonNode?>(
            Text(Member(pair, "key", "key")), Member(pair, "value", "value") is { } value ? Value(value, depth) : null));

    private static JsonNode? Value(JsonElement value, int depth)
    {
        if (depth > Deepest || value.ValueKind != JsonValueKind.Object)
        {
            throw new ProtoFault(depth > Deepest ? $"values are nested more than {Deepest} deep" : "the value of an attribute is no object such as {\"stringValue\": ..}");
        }

        if (Member(value, "stringValue", "string_value") is { } text)
        {
            return JsonValue.Create(Text(text));
        }

        if (Member(value, "boolValue", "bool_value") is { } flag)
        {
            return JsonValue.Create(flag.ValueKind == JsonValueKind.True);
        }

        if (Member(value, "intValue", "int_value") is { } integer)
        {
            return JsonValue.Create((long)Integer(integer));
        }

        if (Member(value, "doubleValue", "double_value") is { } real)
        {
            return real.ValueKind == JsonValueKind.Number ? RawSpan.Real(real.GetDouble()) : JsonValue.Create(Text(real));
        }

        if (Member(value, "arrayValue", "array_value") is { } array)
        {
            return new JsonArray([.. Items(array, "values", "values").Select(v => Value(v, depth + 1))]);
        }

        if (Member(value, "kvlistValue", "kvlist_value") is { } map)
        {
            var members = new JsonObject();
            foreach (var pair in Items(map, "values", "values"))
            {
                members[Text(Member(pair, "key", "key"))] = Member(pair, "value", "value") is { } inner ? Value(inner, depth + 1) : null;
            }

            return members;
        }

        return Member(value, "bytesValue", "bytes_value") is { } bytes ? JsonValue.Create(Text(bytes)) : null;
    }

    private static JsonElement? Member(JsonElement owner, string camel, string snake) =>
        owner.ValueKind == JsonValueKind.Object && (owner.TryGetProperty(camel, out var value) || owner.TryGetProperty(snake, out value))
        && value.ValueKind != JsonValueKind.Null ? value : null;

    private static JsonElement[] Items(JsonElement owner, string camel, string snake) => Member(owner, camel, snake) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray()],
        _ => throw new ProtoFault($"{camel} is no list"),
    };

    private static string Text(JsonElement? value)
    {
        try
        {
            return value is null ? "" : value.Value.ValueKind == JsonValueKind.String ? value.Value.GetString()! : throw new ProtoFault("a text was expected");
        }
        catch (InvalidOperationException)
        {
            throw new ProtoFault("a text has half of a surrogate pair");
        }
    }

    // Unsigned times and signed attribute values share the 64 bits.
    private static ulong Integer(JsonElement? value) => value switch
    {
        null => 0,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var signed) => (ulong)signed,
        { ValueKind: JsonValueKind.String } text when long.TryParse(Text(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var signed) => (ulong)signed,
        _ => throw new ProtoFault("a 64-bit number was expected"),
    };

    private static string Id(JsonElement span, string camel, string snake, int bytes)
    {
        var text = Text(Member(span, camel, snake));
        if (text.Length == bytes * 2 && text.All(char.IsAsciiHexDigit))
        {
            return text.ToLowerInvariant();
        }

        var decoded = new byte[text.Length];
        return Convert.TryFromBase64String(text, decoded, out var length) ? Convert.ToHexStringLower(decoded.AsSpan(0, length)) : throw new ProtoFault($"{camel} is neither hex nor base64");
    }
}
