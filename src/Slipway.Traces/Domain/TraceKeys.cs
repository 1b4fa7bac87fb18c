namespace Slipway.Traces.Domain;

/// <summary>The names that MLflow's clients give to tags, metadata and attributes, and that the server acts on.</summary>
internal static class TraceKeys
{
    public const string NameTag = "mlflow.traceName";
    public const string ArtifactLocationTag = "mlflow.artifactLocation";

    /// <summary>Tells clients where a trace's spans are: <see cref="InStore"/>, or without it in a file.</summary>
    public const string SpansLocationTag = "mlflow.trace.spansLocation";
    public const string InStore = "TRACKING_STORE";

    public const string SourceRun = "mlflow.sourceRun";
    public const string SizeStats = "mlflow.trace.sizeStats";
    public const string TokenUsage = "mlflow.trace.tokenUsage";

    /// <summary>Tells clients, and later spans, that the trace's client has said the last word on times and usage.</summary>
    public const string Finalized = "mlflow.trace.infoFinalized";
    public const string Cost = "mlflow.trace.cost";
    public const string Session = "mlflow.trace.session";
    public const string User = "mlflow.trace.user";

    public const string RequestId = "mlflow.traceRequestId";
    public const string Inputs = "mlflow.spanInputs";
    public const string Outputs = "mlflow.spanOutputs";
    public const string SpanType = "mlflow.spanType";
    public const string ChatUsage = "mlflow.chat.tokenUsage";
    public const string LlmCost = "mlflow.llm.cost";
    public const string Model = "mlflow.llm.model";
    public const string ModelProvider = "mlflow.llm.provider";
    public const string SessionAttribute = "session.id";
    public const string UserAttribute = "user.id";

    public const string InProgress = "IN_PROGRESS";
    public const string Unspecified = "STATE_UNSPECIFIED";

    public const string Feedback = "feedback";
    public const string Expectation = "expectation";
    public const string Issue = "issue";

    public static IReadOnlyList<string> States { get; } = [Unspecified, "OK", "ERROR", InProgress];

    /// <summary>The id that a trace of OpenTelemetry gets here.</summary>
    /// <param name="otelId">32 hex characters.</param>
    public static string TraceId(string otelId) => "tr-" + otelId;
}
