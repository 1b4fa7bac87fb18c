using System.Text.Json.Nodes;

namespace Slipway.Traces.Domain;

/// <param name="Time">Nanoseconds since 1970.</param>
internal sealed record SpanEvent(string Name, long Time, JsonObject Attributes);

/// <summary>A span as MLflow keeps it.</summary>
internal sealed record Span
{
    /// <summary>MLflow's id of the trace: <c>tr-..</c>.</summary>
    public required string TraceId { get; init; }

    /// <summary>OpenTelemetry's id of the trace, 32 hex characters.</summary>
    public required string OtelTraceId { get; init; }

    /// <summary>16 hex characters.</summary>
    public required string SpanId { get; init; }

    /// <summary>Null for the root.</summary>
    public string? ParentId { get; init; }

    public required string Name { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public required long Started { get; init; }

    /// <summary>Null while it runs.</summary>
    public long? Ended { get; init; }

    /// <summary>UNSET, OK or ERROR.</summary>
    public string Status { get; init; } = "UNSET";

    public string StatusMessage { get; init; } = "";

    /// <summary>Each value is JSON as text, in the order of the client.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Attributes { get; init; }

    public IReadOnlyList<SpanEvent> Events { get; init; } = [];

    /// <summary>The attribute's JSON, or null.</summary>
    public string? Attribute(string key) => Attributes.FirstOrDefault(a => a.Key == key).Value;

    /// <summary>The attribute when it is a text.</summary>
    public string? Text(string key) => Attribute(key) is { } json && JsonText.Parse(json) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
