using System.Text.Json.Nodes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Definitions;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Engine;
using Slipway.Pipelines.Steps;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Database;
using Slipway.Platform.Resources;

namespace Slipway.Pipelines.Runs;

/// <summary>The port through which other modules submit and watch runs of Pipeline resources.</summary>
internal sealed class PipelineRuns(RunStore store, RunPlans plans, RunService service, IResourceStore resources) : IPipelineRuns
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

        if (!SubmissionOf(request, pipeline).TryGet(out var submission, out problem))
        {
            return problem;
        }

        var submitted = await service.SubmitAsync(
            submission with
            {
                DisplayName = request.Pipeline,
                IdempotencyKey = request.IdempotencyKey,
                Reason = request.Reason,
                Labels = request.Labels,
            },
            cancellation);
        return submitted.TryGet(out var run, out problem) ? await GetAsync(run.Namespace, run.Id, cancellation) : problem;
    }

    private static Result<RunSubmission> SubmissionOf(SubmitPipelineRun request, Resource pipeline)
    {
        if (ShortPipelineResource.Is(pipeline.Json))
        {
            return ShortPipelineResource.Compile(pipeline.Json).Then(spec => RunInputs.Bind(spec, request.Parameters).Select(_ =>
                new RunSubmission(request.Namespace, spec, request.Parameters) { Resource = (request.Pipeline, "") }));
        }

        return PipelineDefinition.Parse(pipeline.Spec).Then(definition => definition.Bind(request.Parameters).Select(parameters =>
            new RunSubmission(request.Namespace, PipelineCompiler.Compile(request.Pipeline, definition), parameters)
            {
                Options = new RunOptions(Failure: FailureMode.Stop),
                Resource = (request.Pipeline, pipeline.Spec.ToJsonString()),
            }));
    }

    public async Task<Result<PipelineRun>> GetAsync(string ns, string id, CancellationToken cancellation)
    {
        if (await store.FindWithTasksAsync(id, cancellation) is not var (run, tasks) || run.Namespace != ns)
        {
            return Problem.NotFound($"pipeline run {id}");
        }

        var plan = await plans.GetAsync(run, cancellation);
        return ToPort(run) with { Steps = [.. StepsOf(run, tasks, plan.TryGet(out var found, out _) ? found : null)] };
    }

    public async Task<IReadOnlyList<PipelineRun>> ListAsync(string ns, string? pipeline, int limit, CancellationToken cancellation) =>
        [.. (await store.ListAsync(ns, pipeline, limit, cancellation)).Select(ToPort)];

    /// <summary>Every task of the pipeline's own graph, begun or not, and those inside groups that have begun.</summary>
    private static IEnumerable<PipelineStepStatus> StepsOf(RunRow run, IReadOnlyList<TaskRow> rows, RunPlan? plan)
    {
        var begun = rows.Where(r => r.Parent is not null).ToDictionary(r => r.Path, StringComparer.Ordinal);
        foreach (var task in plan?.Graph(plan.Spec.Root).Tasks ?? [])
        {
            if (begun.Remove($"{PipelineSpec.RootName}/{task.Name}", out var row))
            {
                yield return ToPort(row, task.Executor);
            }
            else
            {
                var state = RunTransitions.IsFinal(run.StateValue) ? TaskState.Skipped : TaskState.Pending;
                yield return new PipelineStepStatus(task.Name, NameOf(task.Executor) ?? task.Spec.Component, state.ToString(), 0, null, null, null, null);
            }
        }

        foreach (var row in begun.Values.OrderBy(r => r.Number))
        {
            yield return ToPort(row, null);
        }
    }

    private static PipelineRun ToPort(RunRow run) =>
        new(run.Id, run.Namespace, run.Pipeline, RunStore.OutwardState(run.StateValue), (JsonObject)JsonNode.Parse(run.Parameters)!,
            Micros.ToTime(run.Created), TimeOf(run.Finished), run.Error)
        {
            Reason = run.Reason,
            DisplayName = run.DisplayName,
            Outputs = run.Outputs is null ? null : (JsonObject?)JsonNode.Parse(run.Outputs),
            Labels = ((JsonObject)JsonNode.Parse(run.Labels)!).ToDictionary(p => p.Key, p => (string?)p.Value ?? ""),
        };

    private static PipelineStepStatus ToPort(TaskRow task, ExecutorSpec? executor) =>
        new(task.Path[(PipelineSpec.RootName.Length + 1)..], NameOf(executor) ?? task.Component, OutwardState(task.StateValue).ToString(), (int)task.Attempt,
            TimeOf(task.Started), TimeOf(task.Finished), task.Error, OutputsOf(task))
        {
            Kind = task.Kind, Cause = task.CauseValue == TaskCause.None ? null : task.Cause, CachedFrom = task.CachedFrom,
        };

    // What waits for a slot or is between two attempts has always been called pending here, and a cancelled task skipped.
    private static TaskState OutwardState(TaskState state) => state switch
    {
        TaskState.Queued => TaskState.Pending,
        TaskState.Canceled => TaskState.Skipped,
        _ => state,
    };

    private static string? NameOf(ExecutorSpec? executor) =>
        executor is ExecutorSpec.Container { Spec: { Image: WellKnownImages.Component, Command: [var name, ..] } } ? name : null;

    private static JsonObject? OutputsOf(TaskRow task)
    {
        if (task.Outputs is null || TaskValuesJson.Parse(task.Outputs).Parameters is not { Count: > 0 } parameters)
        {
            return null;
        }

        return parameters.TryGetValue(StepTemplate.OutputName, out var all) && parameters.Count == 1 && all is JsonObject outputs
            ? (JsonObject)outputs.DeepClone()
            : new JsonObject(parameters.Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
    }

    private static DateTimeOffset? TimeOf(long? micros) => micros is { } at ? Micros.ToTime(at) : null;
}
