using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Pipelines.Ports;

public enum PipelineRunState
{
    Pending,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

public sealed record PipelineStepStatus(string Name, string Component, string State, int Attempt, DateTimeOffset? Started, DateTimeOffset? Finished, string? Error, JsonObject? Outputs)
{
    /// <summary><c>Dag</c>, <c>Loop</c>, <c>Container</c> or <c>Importer</c>; a step inside a group has a path as its name: <c>for-loop-1[3]/train</c>.</summary>
    public string Kind { get; init; } = "Container";

    /// <summary>Why it stands where it stands, where that needs saying: <c>Condition</c>, <c>Upstream</c>, <c>Timeout</c>, <c>Cached</c> ...</summary>
    public string? Cause { get; init; }

    /// <summary>RUN/PATH of the execution that the result was taken from.</summary>
    public string? CachedFrom { get; init; }
}

public sealed record PipelineRun(
    string Id, string Namespace, string Pipeline, PipelineRunState State, JsonObject Parameters, DateTimeOffset Created, DateTimeOffset? Finished, string? Error)
{
    public string Reason { get; init; } = "";

    public string DisplayName { get; init; } = "";

    /// <summary>The pipeline's own output parameters, once it has ended well.</summary>
    public JsonObject? Outputs { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<PipelineStepStatus> Steps { get; init; } = [];

    public bool IsFinished => State is PipelineRunState.Succeeded or PipelineRunState.Failed or PipelineRunState.Cancelled;
}

/// <param name="IdempotencyKey">Submitting again with the same key returns the run that was made the first time.</param>
public sealed record SubmitPipelineRun(string Namespace, string Pipeline, JsonObject Parameters, string IdempotencyKey, string Reason)
{
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}

/// <summary>Durable runs of pipelines. Events: <c>pipeline.run.submitted</c>, <c>pipeline.run.finished</c>, subject <c>pipelineruns/ID</c>.</summary>
public interface IPipelineRuns
{
    Task<Result<PipelineRun>> SubmitAsync(SubmitPipelineRun request, CancellationToken cancellation);

    Task<Result<PipelineRun>> GetAsync(string ns, string id, CancellationToken cancellation);

    /// <summary>Newest first; of one pipeline, or of all when null.</summary>
    Task<IReadOnlyList<PipelineRun>> ListAsync(string ns, string? pipeline, int limit, CancellationToken cancellation);
}
