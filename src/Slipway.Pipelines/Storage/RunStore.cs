using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Pipelines.Storage;

/// <summary>Runs: making and finding them. Who runs them is in RunStore.Ownership.cs, what becomes of them in RunStore.Commit.cs.</summary>
internal sealed partial class RunStore(IDatabase database, TimeProvider time)
{
    private const string Columns =
        "id, namespace, pipeline, state, display_name, description, experiment_id, pipeline_id, pipeline_version_id, recurring_run_id, service_account, "
        + "spec_digest, definition, parameters, labels, options, reason, idempotency_key, pipeline_root, outputs, storage_state, state_history, priority, "
        + "created, scheduled, started, finished, error, owner, token, cloned_from";

    private const string FindByKey = $"SELECT {Columns} FROM pipeline_runs WHERE namespace = @ns AND idempotency_key = @key";

    private const string FindById = $"SELECT {Columns} FROM pipeline_runs WHERE id = @id";

    private const string Newest =
        $"SELECT {Columns} FROM pipeline_runs WHERE namespace = @ns AND (@pipeline = '' OR pipeline = @pipeline) ORDER BY created DESC, id DESC LIMIT @limit";

    private const string PutSpec = "INSERT INTO pipeline_specs (digest, content) VALUES (@digest, @content) ON CONFLICT (digest) DO NOTHING";

    private const string GetSpec = "SELECT content FROM pipeline_specs WHERE digest = @digest";

    private const string Insert =
        $"INSERT INTO pipeline_runs ({Columns}) VALUES (@Id, @Namespace, @Pipeline, @State, @DisplayName, @Description, @ExperimentId, @PipelineId, "
        + "@PipelineVersionId, @RecurringRunId, @ServiceAccount, @SpecDigest, @Definition, @Parameters, @Labels, @Options, @Reason, @IdempotencyKey, "
        + "@PipelineRoot, @Outputs, @StorageState, @StateHistory, @Priority, @Created, @Scheduled, @Started, @Finished, @Error, @Owner, @Token, @ClonedFrom)";

    private const string AskToEnd = "UPDATE pipeline_runs SET state = @to WHERE id = @id AND state = @from";

    private const string EndFree =
        "UPDATE pipeline_runs SET state = 'Failed', finished = @now, error = @error, owner = NULL WHERE id = @Id AND token = @Token";

    private const string SetStorage = "UPDATE pipeline_runs SET storage_state = @state WHERE id = @id";

    private const string DeleteRun = "DELETE FROM pipeline_runs WHERE id = @id";

    private const string DeleteTasks = "DELETE FROM pipeline_tasks WHERE run_id = @id";

    private const string DeleteArtifacts = "DELETE FROM pipeline_artifacts WHERE run_id = @id";

    private const string DeleteCached = "DELETE FROM pipeline_cache WHERE run_id = @id";

    private const string DeleteSpec = "DELETE FROM pipeline_specs WHERE digest = @digest AND NOT EXISTS (SELECT 1 FROM pipeline_runs WHERE spec_digest = @digest)";

    /// <summary>Inserts the run, or finds the one that the same key made before (<c>Made</c> is false then).</summary>
    /// <param name="spec">The package as JSON, kept once per digest.</param>
    public Task<Result<(RunRow Run, bool Made)>> InsertAsync(RunRow run, string spec, CancellationToken cancellation) =>
        database.WriteAsync<(RunRow, bool)>(
            async (session, _) =>
            {
                if (await session.QuerySingleOrDefaultAsync<RunRow>(FindByKey, new { ns = run.Namespace, key = run.IdempotencyKey }) is { } existing)
                {
                    return (existing, false);
                }

                await session.ExecuteAsync(PutSpec, new { digest = run.SpecDigest, content = spec });
                await session.ExecuteAsync(Insert, run);
                await session.AppendAsync(EventOf("pipeline.run.submitted", run.Namespace, run.Id, new JsonObject
                {
                    ["id"] = run.Id, ["pipeline"] = run.Pipeline, ["reason"] = run.Reason, ["parameters"] = JsonNode.Parse(run.Parameters),
                }));
                return (run, true);
            },
            cancellation);

    public Task<RunRow?> FindByKeyAsync(string ns, string key, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<RunRow>(FindByKey, new { ns, key }), cancellation);

    public Task<RunRow?> FindAsync(string id, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<RunRow>(FindById, new { id }), cancellation);

    public Task<(RunRow Run, IReadOnlyList<TaskRow> Tasks)?> FindWithTasksAsync(string id, CancellationToken cancellation) =>
        database.ReadAsync<(RunRow, IReadOnlyList<TaskRow>)?>(
            async (session, _) => await session.QuerySingleOrDefaultAsync<RunRow>(FindById, new { id }) is { } run
                ? (run, await session.QueryAsync<TaskRow>(TasksOf, new { run = id }))
                : null,
            cancellation);

    public Task<IReadOnlyList<RunRow>> ListAsync(string ns, string? pipeline, int limit, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<RunRow>(Newest, new { ns, pipeline = pipeline ?? "", limit }), cancellation);

    public Task<string?> SpecAsync(string digest, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<string>(GetSpec, new { digest }), cancellation);

    /// <summary>False when there is no such run.</summary>
    public async Task<bool> SetStorageStateAsync(string id, string state, CancellationToken cancellation)
    {
        var set = await database.WriteAsync<int>(async (session, _) => await session.ExecuteAsync(SetStorage, new { id, state }), cancellation);
        return set.OrThrow() == 1;
    }

    /// <summary>Writes down that somebody wants the run's end; its owner brings it about. What has ended stays so.</summary>
    public Task<Result<Unit>> CancelAsync(string id, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await session.QuerySingleOrDefaultAsync<RunRow>(FindById, new { id }) is not { } run)
                {
                    return Problem.NotFound($"pipeline run {id}");
                }

                if (RunTransitions.Table.TryNext(run.StateValue, RunEvent.Cancel, out var to))
                {
                    await session.ExecuteAsync(AskToEnd, new { id, from = run.State, to = to.ToString() });
                }

                return Result.Ok;
            },
            cancellation);

    /// <summary>Ends a run that cannot even be begun.</summary>
    public async Task FailAsync(RunRow run, string error, CancellationToken cancellation)
    {
        var ended = await database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await session.ExecuteAsync(EndFree, new { run.Id, run.Token, error, now = Micros.Of(time.GetUtcNow()) }) == 1)
                {
                    await session.AppendAsync(Finished(run with { State = nameof(RunState.Failed), Error = error }));
                }

                return Result.Ok;
            },
            cancellation);
        ended.OrThrow();
    }

    /// <summary>Takes the run with its tasks, its lineage and what it left in the cache. A run that has not ended is a conflict.</summary>
    public Task<Result<Unit>> DeleteAsync(string id, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await session.QuerySingleOrDefaultAsync<RunRow>(FindById, new { id }) is not { } run)
                {
                    return Problem.NotFound($"pipeline run {id}");
                }

                if (!RunTransitions.IsFinal(run.StateValue))
                {
                    return Problem.Conflict($"pipeline run {id} is {run.State}: terminate it and wait for its end before deleting it");
                }

                foreach (var statement in (string[])[DeleteRun, DeleteTasks, DeleteArtifacts, DeleteCached, DeleteHeld])
                {
                    await session.ExecuteAsync(statement, new { id });
                }

                await session.ExecuteAsync(DeleteSpec, new { digest = run.SpecDigest });
                await session.AppendAsync(EventOf("pipeline.run.deleted", run.Namespace, id, new JsonObject { ["id"] = id, ["pipeline"] = run.Pipeline }));
                return Result.Ok;
            },
            cancellation);

    private static EventDraft Finished(RunRow run) => EventOf("pipeline.run.finished", run.Namespace, run.Id, new JsonObject
    {
        ["id"] = run.Id, ["pipeline"] = run.Pipeline, ["state"] = OutwardState(run.StateValue).ToString(), ["error"] = run.Error,
    });

    private static EventDraft EventOf(string type, string ns, string id, JsonObject payload) =>
        new(type, ns, $"pipelineruns/{id}", Encoding.UTF8.GetBytes(payload.ToJsonString()));
}
