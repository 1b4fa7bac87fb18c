using Slipway.Pipelines.Kfp.Listing;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.RunApi;

/// <summary>Lists runs and artifacts as the v2beta1 API asks for them.</summary>
internal sealed class RunListStore(IDatabase database)
{
    private const string RunColumns =
        "id, namespace, pipeline, state, display_name, description, experiment_id, pipeline_id, pipeline_version_id, recurring_run_id, service_account, "
        + "parameters, pipeline_root, outputs, storage_state, state_history, created, scheduled, started, finished, error";

    private const string ArtifactColumns = "run_id, path, direction, name, position, id, namespace, type, uri, digest, bytes, metadata, created";

    private const string RunArtifacts = $"SELECT {ArtifactColumns} FROM pipeline_artifacts WHERE run_id = @run ORDER BY path, direction, name, position";

    private const string FindArtifact = $"SELECT {ArtifactColumns} FROM pipeline_artifacts WHERE id = @id ORDER BY direction DESC, created LIMIT 1";

    public static ListTable Runs { get; } = new(
        $"SELECT {RunColumns} FROM pipeline_runs",
        "FROM pipeline_runs",
        "id",
        new Dictionary<string, ListColumn>
        {
            ["run_id"] = new("id"),
            ["id"] = new("id"),
            ["display_name"] = new("display_name"),
            ["name"] = new("display_name"),
            ["description"] = new("description"),
            ["namespace"] = new("namespace"),
            ["experiment_id"] = new("COALESCE(experiment_id, '')"),
            ["recurring_run_id"] = new("COALESCE(recurring_run_id, '')"),
            ["pipeline_id"] = new("COALESCE(pipeline_id, '')"),
            ["pipeline_version_id"] = new("COALESCE(pipeline_version_id, '')"),
            ["service_account"] = new("COALESCE(service_account, '')"),
            ["storage_state"] = new("storage_state", Stored: s => [s.StartsWith("STORAGESTATE_", StringComparison.Ordinal) ? s[13..] : s]),
            ["state"] = new("state", Stored: RunStates.Stored),
            ["status"] = new("state", Stored: RunStates.Stored),
            ["created_at"] = new("created", ColumnKind.Time),
            ["scheduled_at"] = new("COALESCE(scheduled, created)", ColumnKind.Time),
            ["finished_at"] = new("COALESCE(finished, 0)", ColumnKind.Time),
        });

    public static ListTable Artifacts { get; } = new(
        $"SELECT {ArtifactColumns} FROM pipeline_artifacts",
        "FROM pipeline_artifacts",
        "id",
        new Dictionary<string, ListColumn>
        {
            ["artifact_id"] = new("id"),
            ["id"] = new("id"),
            ["name"] = new("name"),
            ["type"] = new("type"),
            ["uri"] = new("uri"),
            ["run_id"] = new("run_id"),
            ["namespace"] = new("namespace"),
            ["created_at"] = new("created", ColumnKind.Time),
        });

    /// <summary>Null is any namespace, any experiment.</summary>
    public Task<Page<RunRow>> ListAsync(string? ns, string? experiment, ListRequest request, CancellationToken cancellation) =>
        database.ReadAsync(
            (session, _) =>
            {
                var scopes = new List<ListScope>();
                if (ns is not null)
                {
                    scopes.Add(new ListScope("namespace = @ns", ("ns", ns)));
                }

                if (experiment is not null)
                {
                    scopes.Add(new ListScope("experiment_id = @experiment", ("experiment", experiment)));
                }

                return ListStore.ReadAsync<RunRow>(session, Runs, request, r => r.Id, scopes);
            },
            cancellation);

    /// <summary>What runs have written, each once: as an output of the task that made it.</summary>
    public Task<Page<ArtifactRow>> ListArtifactsAsync(string? ns, ListRequest request, CancellationToken cancellation) =>
        database.ReadAsync(
            (session, _) => ListStore.ReadAsync<ArtifactRow>(
                session, Artifacts, request, a => a.Id,
                [new ListScope("direction = 'out'"), .. ns is null ? Array.Empty<ListScope>() : [new ListScope("namespace = @ns", ("ns", ns))]]),
            cancellation);

    public Task<ArtifactRow?> FindArtifactAsync(string id, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<ArtifactRow>(FindArtifact, new { id }), cancellation);

    public Task<IReadOnlyList<ArtifactRow>> ArtifactsOfAsync(string run, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<ArtifactRow>(RunArtifacts, new { run }), cancellation);
}
