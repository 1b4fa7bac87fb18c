using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Experiments;
using Slipway.Pipelines.Runs;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.RunApi;

/// <summary>A run to be made of something in the catalog, or of a spec.</summary>
internal sealed record RunOrder(FoundSource Source, ExperimentRow Experiment, RuntimeConfig Config)
{
    public string? Id { get; init; }

    public string? DisplayName { get; init; }

    public string Description { get; init; } = "";

    public string? ServiceAccount { get; init; }

    public string? RecurringRunId { get; init; }

    public DateTimeOffset? ScheduledAt { get; init; }

    public string? IdempotencyKey { get; init; }

    public string Reason { get; init; } = "";

    public RunOptions Options { get; init; } = RunOptions.Default;
}

/// <summary>Makes runs for the API and for schedules, in the experiment's namespace.</summary>
internal sealed class RunCreation(RunService runs, RunSources sources, TimeProvider time)
{
    public async Task<Result<RunRow>> CreateAsync(RunOrder order, CancellationToken cancellation)
    {
        var submission = new RunSubmission(order.Experiment.Namespace, order.Source.Document.Spec, (JsonObject)order.Config.Parameters.DeepClone())
        {
            Id = order.Id,
            DisplayName = order.DisplayName,
            Description = order.Description,
            ExperimentId = order.Experiment.Id,
            PipelineId = order.Source.PipelineId,
            PipelineVersionId = order.Source.VersionId,
            RecurringRunId = order.RecurringRunId,
            ServiceAccount = order.ServiceAccount,
            ScheduledAt = order.ScheduledAt,
            PipelineRoot = order.Config.PipelineRoot,
            IdempotencyKey = order.IdempotencyKey,
            Reason = order.Reason,
            Options = order.Options,
        };
        var made = await runs.SubmitAsync(submission, cancellation);
        if (made.Succeeded)
        {
            await sources.TouchAsync(order.Experiment.Id, time.GetUtcNow(), cancellation);
        }

        return made;
    }
}
