using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp.Listing;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Pipelines.Experiments;

internal sealed record ExperimentRow(string Id, string Namespace, string DisplayName, string Description, string StorageState, long Created, long LastRunCreated);

/// <summary>Experiments: names under which runs are grouped.</summary>
internal sealed class ExperimentStore(IDatabase database, TimeProvider time)
{
    public const string DefaultName = "Default";
    public const string Available = "AVAILABLE";
    public const string Archived = "ARCHIVED";

    private const string Columns =
        "id AS Id, namespace AS Namespace, display_name AS DisplayName, description AS Description, storage_state AS StorageState, created AS Created, "
        + "last_run_created AS LastRunCreated";

    private const string FindById = $"SELECT {Columns} FROM pipeline_experiments WHERE id = @id";

    private const string FindByName = $"SELECT {Columns} FROM pipeline_experiments WHERE namespace = @ns AND display_name = @name";

    private const string Insert =
        "INSERT INTO pipeline_experiments (id, namespace, display_name, description, storage_state, created, last_run_created) "
        + "VALUES (@id, @ns, @name, @description, 'AVAILABLE', @now, 0)";

    private const string SetState = "UPDATE pipeline_experiments SET storage_state = @state WHERE id = @id";

    private const string DeleteRow = "DELETE FROM pipeline_experiments WHERE id = @id";

    private const string Touch = "UPDATE pipeline_experiments SET last_run_created = @at WHERE id = @id AND last_run_created < @at";

    private const string ArchiveRuns = "UPDATE pipeline_runs SET storage_state = 'ARCHIVED' WHERE experiment_id = @id";

    private const string DisableSchedules = "UPDATE pipeline_schedules SET enabled = 0, next_due = NULL, updated = @now WHERE experiment_id = @id AND enabled = 1";

    public static ListTable Listed { get; } = new(
        $"SELECT {Columns} FROM pipeline_experiments",
        "FROM pipeline_experiments",
        "id",
        new Dictionary<string, ListColumn>
        {
            ["experiment_id"] = new("id"),
            ["id"] = new("id"),
            ["display_name"] = new("display_name"),
            ["name"] = new("display_name"),
            ["description"] = new("description"),
            ["namespace"] = new("namespace"),
            ["storage_state"] = new("storage_state", Stored: s => [s.StartsWith("STORAGESTATE_", StringComparison.Ordinal) ? s[13..] : s]),
            ["created_at"] = new("created", ColumnKind.Time),
            ["last_run_created_at"] = new("last_run_created", ColumnKind.Time),
        });

    public Task<Result<ExperimentRow>> CreateAsync(string ns, string name, string description, CancellationToken cancellation) =>
        database.WriteAsync<ExperimentRow>(
            async (session, _) => await session.QuerySingleOrDefaultAsync<ExperimentRow>(FindByName, new { ns, name }) is null
                ? await InsertAsync(session, ns, name, description)
                : Problem.AlreadyExists($"experiment '{name}' in namespace {ns}"),
            cancellation);

    /// <summary>Where runs go that name no experiment; made when it is first needed.</summary>
    public async Task<ExperimentRow> DefaultAsync(string ns, CancellationToken cancellation)
    {
        var found = await database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<ExperimentRow>(FindByName, new { ns, name = DefaultName }), cancellation);
        if (found is not null)
        {
            return found;
        }

        var made = await database.WriteAsync<ExperimentRow>(
            async (session, _) => await session.QuerySingleOrDefaultAsync<ExperimentRow>(FindByName, new { ns, name = DefaultName })
                ?? await InsertAsync(session, ns, DefaultName, "All runs that were started without an experiment"),
            cancellation);
        return made.OrThrow();
    }

    public Task<ExperimentRow?> FindAsync(string id, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<ExperimentRow>(FindById, new { id }), cancellation);

    /// <param name="ns">Null is all.</param>
    public Task<Page<ExperimentRow>> ListAsync(string? ns, ListRequest request, CancellationToken cancellation) =>
        database.ReadAsync(
            (session, _) => ListStore.ReadAsync<ExperimentRow>(session, Listed, request, e => e.Id, ns is null ? [] : [new ListScope("namespace = @ns", ("ns", ns))]),
            cancellation);

    /// <summary>Says when the newest run of the experiment was made.</summary>
    public async Task TouchAsync(string id, DateTimeOffset at, CancellationToken cancellation) =>
        (await database.WriteAsync<int>(async (session, _) => await session.ExecuteAsync(Touch, new { id, at = Micros.Of(at) }), cancellation)).OrThrow();

    /// <summary>With the experiment its runs are archived and its schedules disabled, as upstream does; nothing of it comes back when it is restored.</summary>
    public Task<Result<Unit>> ArchiveAsync(string id, CancellationToken cancellation) =>
        ChangeAsync(id, "pipeline.experiment.archived", async session =>
        {
            await session.ExecuteAsync(SetState, new { id, state = Archived });
            await session.ExecuteAsync(ArchiveRuns, new { id });
            await session.ExecuteAsync(DisableSchedules, new { id, now = Micros.Of(time.GetUtcNow()) });
        }, cancellation);

    public Task<Result<Unit>> UnarchiveAsync(string id, CancellationToken cancellation) =>
        ChangeAsync(id, "pipeline.experiment.restored", session => session.ExecuteAsync(SetState, new { id, state = Available }), cancellation);

    /// <summary>Its runs stay.</summary>
    public Task<Result<Unit>> DeleteAsync(string id, CancellationToken cancellation) =>
        ChangeAsync(id, "pipeline.experiment.deleted", session => session.ExecuteAsync(DeleteRow, new { id }), cancellation);

    private Task<Result<Unit>> ChangeAsync(string id, string type, Func<IWriteSession, Task> change, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await session.QuerySingleOrDefaultAsync<ExperimentRow>(FindById, new { id }) is not { } row)
                {
                    return Problem.NotFound($"experiment {id}");
                }

                await change(session);
                await session.AppendAsync(EventOf(type, row.Namespace, id, row.DisplayName));
                return Result.Ok;
            },
            cancellation);

    private async Task<ExperimentRow> InsertAsync(IWriteSession session, string ns, string name, string description)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString();
        await session.ExecuteAsync(Insert, new { id, ns, name, description, now = Micros.Of(now) });
        await session.AppendAsync(EventOf("pipeline.experiment.created", ns, id, name));
        return new ExperimentRow(id, ns, name, description, Available, Micros.Of(now), 0);
    }

    private static EventDraft EventOf(string type, string ns, string id, string name) =>
        new(type, ns, $"pipelineexperiments/{id}", Encoding.UTF8.GetBytes(new JsonObject { ["id"] = id, ["name"] = name }.ToJsonString()));
}
