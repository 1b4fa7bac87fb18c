using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Storage;

/// <summary>What a run's owner writes in one transaction.</summary>
/// <param name="Token">Under which the run is owned.</param>
/// <param name="Run">The run's new state, or null when it stays.</param>
internal sealed record RunCommit(
    string RunId, string Server, long Token, IReadOnlyList<TaskRow> Tasks, IReadOnlyList<ArtifactRow> Artifacts, IReadOnlyList<CacheRow> Cache, RunRow? Run)
{
    /// <summary>Objects that outputs consist of, besides those that artifacts name themselves.</summary>
    public IReadOnlyList<string> Objects { get; init; } = [];

    /// <summary>Runs whose results were taken from the cache.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];
}

internal sealed partial class RunStore
{
    private const string OwnedBy = "SELECT token FROM pipeline_runs WHERE id = @id AND owner = @server";

    private const string StateOf = "SELECT state FROM pipeline_runs WHERE id = @id";

    private const string PutTask =
        "INSERT INTO pipeline_tasks (run_id, path, id, number, parent, name, display_name, kind, component, state, cause, iteration, attempt, lost, "
        + "not_before, created, started, finished, error, inputs, outputs, cached_from, fingerprint, detail, history) "
        + "VALUES (@RunId, @Path, @Id, @Number, @Parent, @Name, @DisplayName, @Kind, @Component, @State, @Cause, @Iteration, @Attempt, @Lost, "
        + "@NotBefore, @Created, @Started, @Finished, @Error, @Inputs, @Outputs, @CachedFrom, @Fingerprint, @Detail, @History) "
        + "ON CONFLICT (run_id, path) DO UPDATE SET state = excluded.state, cause = excluded.cause, attempt = excluded.attempt, lost = excluded.lost, "
        + "not_before = excluded.not_before, started = excluded.started, finished = excluded.finished, error = excluded.error, inputs = excluded.inputs, "
        + "outputs = excluded.outputs, cached_from = excluded.cached_from, fingerprint = excluded.fingerprint, detail = excluded.detail, history = excluded.history";

    private const string PutArtifact =
        "INSERT INTO pipeline_artifacts (run_id, path, direction, name, position, id, namespace, type, uri, digest, bytes, metadata, created) "
        + "VALUES (@RunId, @Path, @Direction, @Name, @Position, @Id, @Namespace, @Type, @Uri, @Digest, @Bytes, @Metadata, @Created) "
        + "ON CONFLICT (run_id, path, direction, name, position) DO UPDATE SET id = excluded.id, type = excluded.type, uri = excluded.uri, "
        + "digest = excluded.digest, bytes = excluded.bytes, metadata = excluded.metadata, created = excluded.created";

    private const string PutCached =
        "INSERT INTO pipeline_cache (namespace, fingerprint, run_id, path, outputs, created) VALUES (@Namespace, @Fingerprint, @RunId, @Path, @Outputs, @Created) "
        + "ON CONFLICT (namespace, fingerprint) DO UPDATE SET run_id = excluded.run_id, path = excluded.path, outputs = excluded.outputs, created = excluded.created";

    // A run that somebody asked to end meanwhile stays so: only its end may follow.
    private const string SetRun =
        "UPDATE pipeline_runs SET state = @State, started = @Started, finished = @Finished, error = @Error, outputs = @Outputs, state_history = @StateHistory WHERE id = @Id";

    private const string Release = "UPDATE pipeline_runs SET owner = NULL WHERE id = @Id";

    private const string FindCached = "SELECT namespace, fingerprint, run_id, path, outputs, created FROM pipeline_cache WHERE namespace = @ns AND fingerprint = @fingerprint";

    /// <summary>
    /// Writes what became of tasks and, perhaps, of the run, with the events of its end, all or nothing. Conflict when the run has another owner by now:
    /// then nothing of it may be done.
    /// </summary>
    public Task<Result<Unit>> CommitAsync(RunCommit commit, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await session.QuerySingleOrDefaultAsync<long?>(OwnedBy, new { id = commit.RunId, server = commit.Server }) != commit.Token)
                {
                    return Problem.Conflict($"pipeline run {commit.RunId} is run by another server now");
                }

                await session.ExecuteAsync(PutTask, commit.Tasks);
                await session.ExecuteAsync(PutArtifact, commit.Artifacts);
                await session.ExecuteAsync(PutCached, commit.Cache);
                await session.ExecuteAsync(PutHeld, commit.Objects.Select(d => new { commit.RunId, Digest = d }).ToList());
                await session.ExecuteAsync(ShareHeld, commit.Sources.Select(s => new { run = commit.RunId, source = s }).ToList());
                if (commit.Run is { } run)
                {
                    await SetRunAsync(session, run);
                }

                return Result.Ok;
            },
            cancellation);

    public Task<CacheRow?> FindCachedAsync(string ns, string fingerprint, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<CacheRow>(FindCached, new { ns, fingerprint }), cancellation);

    private static async Task SetRunAsync(IWriteSession session, RunRow run)
    {
        // Canceling may have been written by a caller at another replica since the owner looked.
        if (!RunTransitions.IsFinal(run.StateValue)
            && await session.QuerySingleOrDefaultAsync<string>(StateOf, new { id = run.Id }) == nameof(RunState.Canceling))
        {
            run = run with { State = nameof(RunState.Canceling) };
        }

        await session.ExecuteAsync(SetRun, run);
        if (RunTransitions.IsFinal(run.StateValue))
        {
            await session.ExecuteAsync(Release, run);
            await session.AppendAsync(Finished(run));
        }
    }

    /// <summary>As the port and the events have called it since the first engine.</summary>
    public static PipelineRunState OutwardState(RunState state) => state switch
    {
        RunState.Pending => PipelineRunState.Pending,
        RunState.Running or RunState.Canceling => PipelineRunState.Running,
        RunState.Succeeded => PipelineRunState.Succeeded,
        RunState.Failed => PipelineRunState.Failed,
        _ => PipelineRunState.Cancelled,
    };
}
