namespace Slipway.Traces.Domain;

/// <summary>What is known of a trace besides its spans.</summary>
internal sealed record TraceInfo
{
    public string Id { get; init; } = "";

    public string ExperimentId { get; init; } = "";

    public string? ClientRequestId { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long RequestTime { get; init; }

    /// <summary>Milliseconds; null while it runs.</summary>
    public long? Duration { get; init; }

    public string State { get; init; } = TraceKeys.Unspecified;

    public string? RequestPreview { get; init; }

    public string? ResponsePreview { get; init; }

    /// <summary>The client itself has told times and usage, which spans that come later then leave alone.</summary>
    public bool UsageGiven { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Assessment> Assessments { get; init; } = [];
}

/// <summary>Feedback, an expectation or an issue noted on a trace or one of its spans.</summary>
internal sealed record Assessment
{
    public string Id { get; init; } = "";

    public string TraceId { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary><see cref="TraceKeys.Feedback"/>, <see cref="TraceKeys.Expectation"/> or <see cref="TraceKeys.Issue"/>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>JSON.</summary>
    public string Value { get; init; } = "null";

    /// <summary>The object <c>error</c> of a feedback as JSON; null when it has none.</summary>
    public string? Error { get; init; }

    public long Created { get; init; }

    public long Updated { get; init; }

    public string SourceType { get; init; } = "";

    public string SourceId { get; init; } = "";

    public string? SpanId { get; init; }

    public string? Rationale { get; init; }

    /// <summary>The assessment that this one takes the place of.</summary>
    public string? Overrides { get; init; }

    public bool Valid { get; init; } = true;

    /// <summary>A JSON object of texts.</summary>
    public string Metadata { get; init; } = "{}";
}
