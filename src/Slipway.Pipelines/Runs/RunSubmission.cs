using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Runs;

/// <summary>A run to be made.</summary>
/// <param name="Parameters">As given by the caller: checked against the pipeline's inputs, which fill in what is missing.</param>
internal sealed record RunSubmission(string Namespace, PipelineSpec Pipeline, JsonObject Parameters)
{
    /// <summary>A UUID that the caller chose, because its parameters already speak of it; null makes one.</summary>
    public string? Id { get; init; }

    /// <summary>Null: the pipeline's own.</summary>
    public string? DisplayName { get; init; }

    public string Description { get; init; } = "";

    /// <summary>Submitting again with the same key gives the run that was made the first time. Null: a run of its own.</summary>
    public string? IdempotencyKey { get; init; }

    public string? ExperimentId { get; init; }

    public string? PipelineId { get; init; }

    public string? PipelineVersionId { get; init; }

    public string? RecurringRunId { get; init; }

    public string? ServiceAccount { get; init; }

    public DateTimeOffset? ScheduledAt { get; init; }

    /// <summary>Where the URIs of outputs begin; null is what the pipeline or the server says.</summary>
    public string? PipelineRoot { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public string Reason { get; init; } = "";

    public RunOptions Options { get; init; } = RunOptions.Default;

    public string? ClonedFrom { get; init; }

    /// <summary>Of a Pipeline resource: its name, under which runs are listed, and its spec. Its parameters are bound already.</summary>
    internal (string Name, string Spec)? Resource { get; init; }
}

/// <summary>A run with all its tasks, those that have no row yet not among them.</summary>
internal sealed record RunView(RunRow Run, IReadOnlyList<TaskRow> Tasks);
