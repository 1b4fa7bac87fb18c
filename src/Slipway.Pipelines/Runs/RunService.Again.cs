using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Engine;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Runs;

/// <summary>Going on with a run that has ended, and starting it anew.</summary>
internal sealed partial class RunService
{
    /// <summary>Runs what failed, was cancelled or was held back by that, and everything after it; what succeeded stands. Conflict when there is nothing of it.</summary>
    public async Task<Result<RunRow>> RetryAsync(string id, CancellationToken cancellation) =>
        await ReopenAsync(id, RunReset.OfFailures, r => $"pipeline run {id} is {r.State}: only what failed or was cancelled can be retried; rerun it from a task instead", cancellation);

    /// <summary>Runs one task again and everything after it.</summary>
    /// <param name="path">Such as <c>root/for-loop-1[3]/train</c>, or without <c>root/</c>.</param>
    public async Task<Result<RunRow>> RerunAsync(string id, string path, CancellationToken cancellation)
    {
        var full = path.StartsWith("root/", StringComparison.Ordinal) ? path : "root/" + path;
        return await ReopenAsync(
            id, (plan, rows) => RunReset.From(plan, rows, full), _ => $"pipeline run {id} has no task {path} that has begun", cancellation);
    }

    /// <summary>A new run of the same pipeline with the same parameters, but for those given.</summary>
    public async Task<Result<RunRow>> CloneAsync(string id, JsonObject parameters, CancellationToken cancellation)
    {
        if (await store.FindAsync(id, cancellation) is not { } run)
        {
            return Problem.NotFound($"pipeline run {id}");
        }

        if (!(await PipelineOfAsync(run, cancellation)).TryGet(out var spec, out var problem))
        {
            return problem;
        }

        var merged = (JsonObject)JsonNode.Parse(run.Parameters)!;
        foreach (var (name, value) in parameters)
        {
            merged[name] = value?.DeepClone();
        }

        if (run.Definition.Length > 0
            && !PipelineDefinition.Parse((JsonObject)JsonNode.Parse(run.Definition)!).Then(d => d.Bind(merged)).TryGet(out merged!, out problem))
        {
            return problem;
        }

        return await SubmitAsync(
            new RunSubmission(run.Namespace, spec, merged)
            {
                DisplayName = run.DisplayName,
                Description = run.Description,
                ExperimentId = run.ExperimentId,
                PipelineId = run.PipelineId,
                PipelineVersionId = run.PipelineVersionId,
                ServiceAccount = run.ServiceAccount,
                PipelineRoot = run.PipelineRoot,
                Labels = ((JsonObject)JsonNode.Parse(run.Labels)!).ToDictionary(p => p.Key, p => (string?)p.Value ?? ""),
                Reason = $"clone of {id}",
                Options = RunOptionsJson.Read(run.Options),
                ClonedFrom = id,
                Resource = run.Definition.Length > 0 ? (run.Pipeline, run.Definition) : null,
            },
            cancellation);
    }

    private async Task<Result<RunRow>> ReopenAsync(
        string id, Func<RunPlan, IReadOnlyList<TaskRow>, RunReset> decide, Func<RunRow, string> nothing, CancellationToken cancellation)
    {
        if (await store.FindWithTasksAsync(id, cancellation) is not var (run, tasks))
        {
            return Problem.NotFound($"pipeline run {id}");
        }

        if (!RunTransitions.IsFinal(run.StateValue))
        {
            return Problem.Conflict($"pipeline run {id} is {run.State}: wait for its end, or terminate it first");
        }

        if (!(await plans.GetAsync(run, cancellation)).TryGet(out var plan, out var problem))
        {
            return problem;
        }

        var reset = decide(plan, tasks);
        if (reset.Gone.Count == 0 && (tasks.Count > 0 || run.StateValue == RunState.Succeeded))
        {
            return Problem.Conflict(nothing(run));
        }

        var reopened = await store.ReopenAsync(run, reset.Gone, reset.Reopened, cancellation);
        if (reopened.Succeeded)
        {
            await engine.LookAroundAsync(cancellation);
        }

        return reopened;
    }
}
