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

public sealed record PipelineStepStatus(string Name, string Component, string State, int Attempt, DateTimeOffset? Started, DateTimeOffset? Finished, string? Error, JsonObject? Outputs);

public sealed record PipelineRun(
    string Id, string Namespace, string Pipeline, PipelineRunState State, JsonObject Parameters, DateTimeOffset Created, DateTimeOffset? Finished, string? Error)
{
    public string Reason { get; init; } = "";

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
