namespace Slipway.Serving.Predictions;

/// <summary>A row of the prediction log. Exactly one of the predictions is set, or none when the model failed.</summary>
internal sealed record PredictionRow
{
    public string Namespace { get; init; } = "";

    public string Service { get; init; } = "";

    public string Id { get; init; } = "";

    public long ModelVersion { get; init; }

    /// <summary>Microseconds since the Unix epoch.</summary>
    public long EventTime { get; init; }

    /// <summary>1 when the caller got this answer.</summary>
    public long Served { get; init; }

    /// <summary>A JSON object: input name to value, or to a list where an input has more than one element per row.</summary>
    public string Inputs { get; init; } = "{}";

    public double? PredictionNumber { get; init; }

    public string? PredictionText { get; init; }

    /// <summary>A JSON object class to probability, or a list when the model does not name its classes.</summary>
    public string? Probabilities { get; init; }

    public long LatencyMicros { get; init; }

    public string? Error { get; init; }

    /// <summary>Set by reads that join the labels.</summary>
    public double? LabelNumber { get; init; }

    public string? LabelText { get; init; }
}
