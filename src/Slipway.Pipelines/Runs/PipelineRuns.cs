using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Ids;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Definitions;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Dispatch;
using Slipway.Platform.Resources;

namespace Slipway.Pipelines.Runs;

/// <summary>The port through which others submit and watch runs.</summary>
internal sealed class PipelineRuns(RunStore store, IResourceStore resources, ComponentCatalog components, DispatchSignal signal, TimeProvider time) : IPipelineRuns
{
    public async Task<Result<PipelineRun>> SubmitAsync(SubmitPipelineRun request, CancellationToken cancellation)
    {
        // First of all, since the pipeline may have changed or gone after the run was made.
        if (await store.FindByKeyAsync(request.Namespace, request.IdempotencyKey, cancellation) is { } made)
        {
            return await GetAsync(made.Namespace, made.Id, cancellation);
        }

        var found = await resources.GetAsync(PipelineKind.Kind, request.Namespace, request.Pipeline, cancellation);
        if (!found.TryGet(out var pipeline, out var problem))
        {
            return problem;
        }

        if (!PipelineDefinition.Parse(pipeline.Spec).TryGet(out var definition, out problem)
            || !definition.Bind(request.Parameters).TryGet(out var parameters, out problem))
        {
            return problem;
        }

        var unknown = definition.Steps.Where(s => !components.Has(s.Uses)).Select(s => new Fault($"step {s.Name}", components.Unknown(s.Uses))).ToList();
        if (unknown.Count > 0)
        {
            return Problem.Invalid(unknown);
        }

        var inserted = await store.InsertAsync(request, Id.New(time), definition, pipeline.Spec.ToJsonString(), parameters, cancellation);
        if (!inserted.TryGet(out var run, out problem))
        {
            return problem;
        }

        signal.Raise();
        return await GetAsync(run.Namespace, run.Id, cancellation);
    }

    public async Task<Result<PipelineRun>> GetAsync(string ns, string id, CancellationToken cancellation) =>
        await store.FindAsync(ns, id, cancellation) is var (run, steps)
            ? ToPort(run) with { Steps = [.. steps.Select(ToPort)] }
            : Problem.NotFound($"pipeline run {id}");

    public async Task<IReadOnlyList<PipelineRun>> ListAsync(string ns, string? pipeline, int limit, CancellationToken cancellation) =>
        [.. (await store.ListAsync(ns, pipeline, limit, cancellation)).Select(ToPort)];

    private static PipelineRun ToPort(RunRow run) =>
        new(run.Id, run.Namespace, run.Pipeline, Enum.Parse<PipelineRunState>(run.State), (JsonObject)JsonNode.Parse(run.Parameters)!,
            TimeColumn.FromMicros(run.Created), run.Finished is { } finished ? TimeColumn.FromMicros(finished) : null, run.Error)
        {
            Reason = run.Reason,
            Labels = ((JsonObject)JsonNode.Parse(run.Labels)!).ToDictionary(p => p.Key, p => (string?)p.Value ?? ""),
        };

    private static PipelineStepStatus ToPort(StepRow step) =>
        new(step.Name, step.Component, step.State, (int)step.Attempt,
            step.Started is { } started ? TimeColumn.FromMicros(started) : null,
            step.Finished is { } finished ? TimeColumn.FromMicros(finished) : null,
            step.Error, step.Outputs is null ? null : (JsonObject?)JsonNode.Parse(step.Outputs));
}
