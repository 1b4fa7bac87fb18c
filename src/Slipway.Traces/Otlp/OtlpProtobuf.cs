using System.Text.Json.Nodes;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Otlp;

/// <summary>
/// Reads OTLP's ExportTraceServiceRequest: resource_spans(1).scope_spans(2).spans(2). What MLflow does not keep (scopes, links, all of a resource but its service) is skipped.
/// </summary>
internal static class OtlpProtobuf
{
    private const int Deepest = 64;

    /// <exception cref="ProtoFault">The bytes are no such message.</exception>
    public static List<Span> Read(ReadOnlySpan<byte> bytes)
    {
        var spans = new List<Span>();
        var request = new ProtoReader(bytes);
        while (request.Next())
        {
            if (request.Field != 1)
            {
                request.Skip();
                continue;
            }

            // The resource may stand behind its spans, so it is looked for first.
            var content = request.Bytes();
            var service = ServiceOf(content);
            var resource = new ProtoReader(content);
            while (resource.Next())
            {
                if (resource.Field == 2)
                {
                    ReadScope(resource.Bytes(), service, spans);
                }
                else
                {
                    resource.Skip();
                }
            }
        }

        return spans;
    }

    private static string? ServiceOf(ReadOnlySpan<byte> bytes)
    {
        var owner = new ProtoReader(bytes);
        while (owner.Next())
        {
            if (owner.Field != 1)
            {
                owner.Skip();
                continue;
            }

            var resource = new ProtoReader(owner.Bytes());
            while (resource.Next())
            {
                if (resource.Field != 1)
                {
                    resource.Skip();
                }
                else if (ReadPair(resource.Bytes(), 0) is { Key: RawSpan.ServiceName, Value: JsonValue value } && value.TryGetValue<string>(out var name))
                {
                    return name;
                }
            }
        }

        return null;
    }

    private static void ReadScope(ReadOnlySpan<byte> bytes, string? service, List<Span> spans)
    {
        var scope = new ProtoReader(bytes);
        while (scope.Next())
        {
            if (scope.Field == 2)
            {
                spans.Add(ReadSpan(scope.Bytes(), service));
            }
            else
            {
                scope.Skip();
            }
        }
    }

    private static Span ReadSpan(ReadOnlySpan<byte> bytes, string? service)
    {
        var raw = new RawSpan { Service = service };
        var span = new ProtoReader(bytes);
        while (span.Next())
        {
            switch (span.Field)
            {
                case 1:
                    raw.TraceId = Convert.ToHexStringLower(span.Bytes());
                    break;
                case 2:
                    raw.SpanId = Convert.ToHexStringLower(span.Bytes());
                    break;
                case 4:
                    raw.ParentId = Convert.ToHexStringLower(span.Bytes());
                    break;
                case 5:
                    raw.Name = span.Text();
                    break;
                case 7:
                    raw.Started = span.Integer();
                    break;
                case 8:
                    raw.Ended = span.Integer();
                    break;
                case 9:
                    raw.Attributes.Add(ReadPair(span.Bytes(), 0));
                    break;
                case 11:
                    raw.Events.Add(ReadEvent(span.Bytes()));
                    break;
                case 15:
                    ReadStatus(span.Bytes(), raw);
                    break;
                default:
                    span.Skip();
                    break;
            }
        }

        return raw.ToSpan();
    }

    private static void ReadStatus(ReadOnlySpan<byte> bytes, RawSpan raw)
    {
        var status = new ProtoReader(bytes);
        while (status.Next())
        {
            if (status.Field == 2)
            {
                raw.StatusMessage = status.Text();
            }
            else if (status.Field == 3)
            {
                raw.StatusCode = (int)Math.Min(status.Integer(), 99);
            }
            else
            {
                status.Skip();
            }
        }
    }

    private static SpanEvent ReadEvent(ReadOnlySpan<byte> bytes)
    {
        var (name, time, attributes) = ("", 0UL, new JsonObject());
        var reader = new ProtoReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    time = reader.Integer();
                    break;
                case 2:
                    name = reader.Text();
                    break;
                case 3:
                    var (key, value) = ReadPair(reader.Bytes(), 0);
                    attributes[key] = value;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new SpanEvent(name, RawSpan.Nanos(time), attributes);
    }

    private static KeyValuePair<string, JsonNode?> ReadPair(ReadOnlySpan<byte> bytes, int depth)
    {
        var (key, value) = ("", (JsonNode?)null);
        var reader = new ProtoReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    key = reader.Text();
                    break;
                case 2:
                    value = ReadValue(reader.Bytes(), depth + 1);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new(key, value);
    }

    private static JsonNode? ReadValue(ReadOnlySpan<byte> bytes, int depth)
    {
        if (depth > Deepest)
        {
            throw new ProtoFault($"values are nested more than {Deepest} deep");
        }

        JsonNode? value = null;
        var reader = new ProtoReader(bytes);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    value = JsonValue.Create(reader.Text());
                    break;
                case 2:
                    value = JsonValue.Create(reader.Integer() != 0);
                    break;
                case 3:
                    value = JsonValue.Create((long)reader.Integer());
                    break;
                case 4:
                    value = RawSpan.Real(reader.Double());
                    break;
                case 5:
                    value = ReadArray(reader.Bytes(), depth);
                    break;
                case 6:
                    value = ReadMap(reader.Bytes(), depth);
                    break;
                case 7:
                    value = JsonValue.Create(Convert.ToBase64String(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return value;
    }

    private static JsonArray ReadArray(ReadOnlySpan<byte> bytes, int depth)
    {
        var items = new JsonArray();
        var reader = new ProtoReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                items.Add(ReadValue(reader.Bytes(), depth + 1));
            }
            else
            {
                reader.Skip();
            }
        }

        return items;
    }

    private static JsonObject ReadMap(ReadOnlySpan<byte> bytes, int depth)
    {
        var members = new JsonObject();
        var reader = new ProtoReader(bytes);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                var (key, value) = ReadPair(reader.Bytes(), depth + 1);
                members[key] = value;
            }
            else
            {
                reader.Skip();
            }
        }

        return members;
    }
}
