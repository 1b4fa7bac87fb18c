using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Storage;

/// <summary>A run as it stands in the table. Times are microseconds since the Unix epoch; what ends in Json is JSON text.</summary>
internal sealed record RunRow(string Id, string Namespace, string Pipeline, string State)
{
    public string DisplayName { get; init; } = "";

    public string Description { get; init; } = "";

    public string? ExperimentId { get; init; }

    public string? PipelineId { get; init; }

    public string? PipelineVersionId { get; init; }

    public string? RecurringRunId { get; init; }

    public string? ServiceAccount { get; init; }

    /// <summary>Of the package in pipeline_specs; null for a run of the first engine, whose definition stands in the row.</summary>
    public string? SpecDigest { get; init; }

    /// <summary>A Pipeline resource's spec as it was at submission; empty for other runs.</summary>
    public string Definition { get; init; } = "";

    public string Parameters { get; init; } = "{}";

    public string Labels { get; init; } = "{}";

    public string Options { get; init; } = "{}";

    public string Reason { get; init; } = "";

    public string IdempotencyKey { get; init; } = "";

    public string? PipelineRoot { get; init; }

    /// <summary>The pipeline's own output parameters, once it has ended.</summary>
    public string? Outputs { get; init; }

    /// <summary>AVAILABLE or ARCHIVED.</summary>
    public string StorageState { get; init; } = "AVAILABLE";

    /// <summary>A list of {state, time, error}.</summary>
    public string StateHistory { get; init; } = "[]";

    public long Priority { get; init; }

    public long Created { get; init; }

    /// <summary>When it was due, for runs of a schedule; else when it was made.</summary>
    public long? Scheduled { get; init; }

    public long? Started { get; init; }

    public long? Finished { get; init; }

    public string? Error { get; init; }

    public string? Owner { get; init; }

    /// <summary>Grows with every change of the owner: what an older owner still sends is refused.</summary>
    public long Token { get; init; }

    /// <summary>The run that this one repeats with other parameters.</summary>
    public string? ClonedFrom { get; init; }

    public RunState StateValue => Enum.Parse<RunState>(State);
}

/// <summary>A task, or a group of tasks, that has begun or ended. <c>root/for-loop-1[3]/train</c> is a path.</summary>
internal sealed record TaskRow(string RunId, string Path)
{
    /// <summary>A UUID.</summary>
    public string Id { get; init; } = "";

    /// <summary>Counts the rows of a run in the order in which they were made.</summary>
    public long Number { get; init; }

    /// <summary>The path of the graph or loop that it stands in; null for the root.</summary>
    public string? Parent { get; init; }

    public string Name { get; init; } = "";

    public string DisplayName { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Component { get; init; } = "";

    public string State { get; init; } = "";

    public string Cause { get; init; } = nameof(TaskCause.None);

    /// <summary>From 0, for an iteration of a loop.</summary>
    public long? Iteration { get; init; }

    public long Attempt { get; init; }

    /// <summary>Attempts whose server died while they ran.</summary>
    public long Lost { get; init; }

    /// <summary>No attempt before this instant.</summary>
    public long NotBefore { get; init; }

    public long Created { get; init; }

    public long? Started { get; init; }

    public long? Finished { get; init; }

    public string? Error { get; init; }

    /// <summary>{"parameterValues": {}, "artifacts": {name: {"artifacts": []}}}.</summary>
    public string? Inputs { get; init; }

    public string? Outputs { get; init; }

    /// <summary>RUN/PATH of the execution that the result was taken from.</summary>
    public string? CachedFrom { get; init; }

    public string? Fingerprint { get; init; }

    /// <summary>What the executor says of the attempt: exit code, signal, image, resource use, digest of the log.</summary>
    public string? Detail { get; init; }

    /// <summary>A list of {state, time, error}.</summary>
    public string History { get; init; } = "[]";

    public TaskState StateValue => Enum.Parse<TaskState>(State);

    public TaskCause CauseValue => Enum.Parse<TaskCause>(Cause);

    public TaskKind KindValue => Enum.Parse<TaskKind>(Kind);
}

/// <summary>An artifact that an execution read or wrote: one edge of the lineage.</summary>
/// <param name="Direction"><c>in</c> or <c>out</c>.</param>
/// <param name="Position">In a list of artifacts.</param>
internal sealed record ArtifactRow(string RunId, string Path, string Direction, string Name, long Position)
{
    /// <summary>A UUID; the same artifact read by another task has another row and the producer's id.</summary>
    public string Id { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Type { get; init; } = "";

    public string Uri { get; init; } = "";

    /// <summary>SHA-256 of the content in the object store, or of the manifest of a folder; null for what lies outside.</summary>
    public string? Digest { get; init; }

    public long? Bytes { get; init; }

    public string Metadata { get; init; } = "{}";

    public long Created { get; init; }
}

internal sealed record CacheRow(string Namespace, string Fingerprint)
{
    public string RunId { get; init; } = "";

    public string Path { get; init; } = "";

    public string Outputs { get; init; } = "";

    public long Created { get; init; }
}
