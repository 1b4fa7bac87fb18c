using System.Text.Json.Nodes;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Otlp;

/// <summary>A span as it came, before it is checked and its attributes have MLflow's form.</summary>
internal sealed class RawSpan
{
    /// <summary>OpenTelemetry's name for the program that sends.</summary>
    public const string ServiceName = "service.name";

    /// <summary>From the resource that the span came with.</summary>
    public string? Service { get; init; }

    public string TraceId { get; set; } = "";

    public string SpanId { get; set; } = "";

    public string ParentId { get; set; } = "";

    public string Name { get; set; } = "";

    public ulong Started { get; set; }

    public ulong Ended { get; set; }

    public int StatusCode { get; set; }

    public string StatusMessage { get; set; } = "";

    public List<KeyValuePair<string, JsonNode?>> Attributes { get; } = [];

    public List<SpanEvent> Events { get; } = [];

    public static long Nanos(ulong time) => time <= long.MaxValue ? (long)time : throw new ProtoFault("a time is after the year 2262");

    /// <summary>JSON has no NaN and no infinities: as protocol buffers' JSON has them, they are texts.</summary>
    public static JsonValue Real(double value) => double.IsFinite(value)
        ? JsonValue.Create(value)
        : JsonValue.Create(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");

    public Span ToSpan()
    {
        if (TraceId.Length != 32 || SpanId.Length != 16 || (ParentId.Length != 16 && ParentId.Length != 0))
        {
            throw new SpanFault($"a span has ids of {TraceId.Length / 2}, {SpanId.Length / 2} and {ParentId.Length / 2} bytes; a trace's id has 16, a span's 8");
        }

        // The program that sent the trace is told once, at its root.
        if (ParentId.Length == 0 && Service is not null && !Attributes.Any(a => a.Key == ServiceName))
        {
            Attributes.Add(new(ServiceName, JsonValue.Create(Service)));
        }

        // PostgreSQL's text cannot hold NUL; a name or message with it was meant to be shown as well.
        var attributes = SpanAttributes.Stored(Attributes);
        var id = attributes.FirstOrDefault(a => a.Key == TraceKeys.RequestId).Value is { } given && JsonText.Parse(given) is JsonValue value && value.TryGetValue<string>(out var named) && named.Length > 0
            ? named : null;
        return new Span
        {
            TraceId = id ?? TraceKeys.TraceId(TraceId),
            OtelTraceId = TraceId,
            SpanId = SpanId,
            ParentId = ParentId.Length == 0 ? null : ParentId,
            Name = Clean(Name),
            Started = Nanos(Started),
            Ended = Ended == 0 ? null : Nanos(Ended),
            Status = StatusCode switch { 1 => "OK", 2 => "ERROR", _ => "UNSET" },
            StatusMessage = Clean(StatusMessage),
            Attributes = id is null ? [new(TraceKeys.RequestId, JsonText.OfText(TraceKeys.TraceId(TraceId))), .. attributes] : attributes,
            Events = Events,
        };
    }

    private static string Clean(string text) => text.Replace("\0", "", StringComparison.Ordinal);
}
