using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Writing;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Engine;
using Slipway.Pipelines.Logs;
using Slipway.Pipelines.Steps;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Runs;

/// <summary>All that can be done with runs; the APIs and ports are thin clothes over it. Retrying and cloning are in RunService.Again.cs.</summary>
internal sealed partial class RunService(RunStore store, RunPlans plans, RunEngine engine, ComponentCatalog components, RunLogs logs, TimeProvider time)
{
    // A package is kept once per digest, so this bounds the table as well as the memory of a plan.
    private const int MostSpecBytes = 32 << 20;

    /// <summary>Checks everything, writes the run down, and starts it if this server has room. Invalid with every fault at once.</summary>
    public async Task<Result<RunRow>> SubmitAsync(RunSubmission submission, CancellationToken cancellation)
    {
        if (submission.IdempotencyKey is { } key && await store.FindByKeyAsync(submission.Namespace, key, cancellation) is { } made)
        {
            return made;
        }

        var spec = submission.Pipeline;
        if (!RunCheck.Bind(submission, components).TryGet(out var parameters, out var problem))
        {
            return problem;
        }

        var content = PipelineWriter.ToWire(spec).ToJsonString();
        if (content.Length > MostSpecBytes)
        {
            return new Problem(ProblemCode.TooLarge, $"the pipeline has {content.Length} characters as JSON; at most {MostSpecBytes} are taken");
        }

        var row = RowOf(submission, parameters, "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content))));
        if (!(await store.InsertAsync(row, content, cancellation)).TryGet(out var inserted, out problem))
        {
            return problem;
        }

        if (inserted.Made && inserted.Run.Owner is not null)
        {
            engine.Adopt(inserted.Run, spec);
        }

        return inserted.Run;
    }

    public Task<RunRow?> FindAsync(string id, CancellationToken cancellation) => store.FindAsync(id, cancellation);

    public async Task<RunView?> FindWithTasksAsync(string id, CancellationToken cancellation) =>
        await store.FindWithTasksAsync(id, cancellation) is var (run, tasks) ? new RunView(run, tasks) : null;

    /// <summary>The pipeline that a run runs.</summary>
    public async Task<Result<PipelineSpec>> PipelineOfAsync(RunRow run, CancellationToken cancellation) =>
        (await plans.GetAsync(run, cancellation)).Select(p => p.Spec);

    /// <summary>Asks for the run's end. What has ended already stays as it is.</summary>
    public async Task<Result<Unit>> TerminateAsync(string id, CancellationToken cancellation)
    {
        var asked = await store.CancelAsync(id, cancellation);
        if (asked.Succeeded)
        {
            engine.Cancel(id);
        }

        return asked;
    }

    public Task<Result<Unit>> ArchiveAsync(string id, CancellationToken cancellation) => SetStorageAsync(id, "ARCHIVED", cancellation);

    public Task<Result<Unit>> UnarchiveAsync(string id, CancellationToken cancellation) => SetStorageAsync(id, "AVAILABLE", cancellation);

    /// <summary>Takes the run, its tasks, its lineage and what it left in the cache away. Conflict while it has not ended.</summary>
    public async Task<Result<Unit>> DeleteAsync(string id, CancellationToken cancellation)
    {
        var deleted = await store.DeleteAsync(id, cancellation);
        if (deleted.Succeeded)
        {
            logs.Remove(id);
        }

        return deleted;
    }

    /// <summary>The artifacts that a run's tasks read and wrote, in the order of the tasks.</summary>
    public Task<IReadOnlyList<ArtifactRow>> ArtifactsAsync(string run, CancellationToken cancellation) => store.ArtifactsAsync(run, cancellation);

    /// <summary>As its producer wrote it.</summary>
    public Task<ArtifactRow?> ArtifactAsync(string id, CancellationToken cancellation) => store.FindArtifactAsync(id, cancellation);

    private async Task<Result<Unit>> SetStorageAsync(string id, string state, CancellationToken cancellation) =>
        await store.SetStorageStateAsync(id, state, cancellation) ? Result.Ok : Problem.NotFound($"pipeline run {id}");

    private RunRow RowOf(RunSubmission submission, JsonObject parameters, string digest)
    {
        var (now, id) = (Micros.Of(time.GetUtcNow()), submission.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString());
        var name = submission.Resource?.Name ?? submission.Pipeline.Info.Name;
        return new RunRow(id, submission.Namespace, name, nameof(RunState.Pending))
        {
            DisplayName = submission.DisplayName ?? submission.Pipeline.Info.DisplayName ?? name,
            Description = submission.Description,
            ExperimentId = submission.ExperimentId,
            PipelineId = submission.PipelineId,
            PipelineVersionId = submission.PipelineVersionId,
            RecurringRunId = submission.RecurringRunId,
            ServiceAccount = submission.ServiceAccount,
            SpecDigest = digest,
            Definition = submission.Resource?.Spec ?? "",
            Parameters = parameters.ToJsonString(),
            Labels = new JsonObject(submission.Labels.Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, l.Value))).ToJsonString(),
            Options = RunOptionsJson.Write(submission.Options),
            Reason = submission.Reason,
            IdempotencyKey = submission.IdempotencyKey ?? id,
            PipelineRoot = submission.PipelineRoot,
            Priority = submission.Options.Priority,
            StateHistory = StateHistories.Add("[]", nameof(RunState.Pending), now, null),
            Created = now,
            Scheduled = submission.ScheduledAt is { } at ? Micros.Of(at) : now,
            Owner = engine.WantsMore ? engine.Server : null,
            Token = 1,
            ClonedFrom = submission.ClonedFrom,
        };
    }
}
