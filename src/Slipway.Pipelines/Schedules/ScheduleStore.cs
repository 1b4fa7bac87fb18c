using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp.Listing;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Platform.Leases;

namespace Slipway.Pipelines.Schedules;

/// <summary>Recurring runs and how far they have fired.</summary>
internal sealed class ScheduleStore(IDatabase database, ILeases leases, TimeProvider time)
{
    private const string Columns =
        "id, namespace, experiment_id, display_name, description, pipeline_id, pipeline_version_id, spec, runtime_config, service_account, cron, interval_seconds, "
        + "starts, ends, max_concurrency, no_catchup, enabled, created, updated, fired_until, firings, next_due, last_run_id, problem";

    private const string FindById = $"SELECT {Columns} FROM pipeline_schedules WHERE id = @id";

    private const string Insert =
        $"INSERT INTO pipeline_schedules ({Columns}) VALUES (@Id, @Namespace, @ExperimentId, @DisplayName, @Description, @PipelineId, @PipelineVersionId, @Spec, "
        + "@RuntimeConfig, @ServiceAccount, @Cron, @IntervalSeconds, @Starts, @Ends, @MaxConcurrency, @NoCatchup, @Enabled, @Created, @Updated, @FiredUntil, "
        + "@Firings, @NextDue, @LastRunId, @Problem)";

    private const string DueNow = $"SELECT {Columns} FROM pipeline_schedules WHERE next_due <= @now ORDER BY next_due, id LIMIT @limit";

    private const string NextOfAll = "SELECT MIN(next_due) FROM pipeline_schedules";

    private const string Switch =
        "UPDATE pipeline_schedules SET enabled = @enabled, next_due = @nextDue, fired_until = @firedUntil, problem = NULL, updated = @now WHERE id = @id";

    private const string Advance =
        "UPDATE pipeline_schedules SET fired_until = @to, firings = firings + @fired, next_due = @nextDue, last_run_id = COALESCE(@run, last_run_id), problem = @problem "
        + "WHERE id = @id AND fired_until = @from AND enabled = 1";

    private const string DeleteRow = "DELETE FROM pipeline_schedules WHERE id = @id";

    private const string Active =
        "SELECT COUNT(*) FROM pipeline_runs WHERE recurring_run_id = @id AND state IN ('Pending', 'Running', 'Canceling')";

    public static ListTable Listed { get; } = new(
        $"SELECT {Columns} FROM pipeline_schedules",
        "FROM pipeline_schedules",
        "id",
        new Dictionary<string, ListColumn>
        {
            ["recurring_run_id"] = new("id"),
            ["id"] = new("id"),
            ["display_name"] = new("display_name"),
            ["name"] = new("display_name"),
            ["description"] = new("description"),
            ["namespace"] = new("namespace"),
            ["experiment_id"] = new("experiment_id"),
            ["pipeline_id"] = new("COALESCE(pipeline_id, '')"),
            ["pipeline_version_id"] = new("COALESCE(pipeline_version_id, '')"),
            ["status"] = new("CASE WHEN enabled = 1 THEN 'ENABLED' ELSE 'DISABLED' END"),
            ["created_at"] = new("created", ColumnKind.Time),
            ["updated_at"] = new("updated", ColumnKind.Time),
        });

    public async Task<ScheduleRow> InsertAsync(ScheduleRow row, CancellationToken cancellation)
    {
        var inserted = await database.WriteAsync<ScheduleRow>(
            async (session, _) =>
            {
                await session.ExecuteAsync(Insert, row);
                await session.AppendAsync(EventOf("pipeline.schedule.created", row));
                return row;
            },
            cancellation);
        return inserted.OrThrow();
    }

    public Task<ScheduleRow?> FindAsync(string id, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<ScheduleRow>(FindById, new { id }), cancellation);

    /// <summary>Null is any namespace, any experiment.</summary>
    public Task<Page<ScheduleRow>> ListAsync(string? ns, string? experiment, ListRequest request, CancellationToken cancellation) =>
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

                return ListStore.ReadAsync<ScheduleRow>(session, Listed, request, s => s.Id, scopes);
            },
            cancellation);

    /// <summary>Switches it on or off. What fell due while it was off is not made up for, so from here on counts what comes after now.</summary>
    /// <param name="next">The first firing after now when it is switched on.</param>
    public Task<Result<Unit>> SwitchAsync(string id, bool enabled, Func<ScheduleRow, DateTimeOffset, DateTimeOffset?> next, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await session.QuerySingleOrDefaultAsync<ScheduleRow>(FindById, new { id }) is not { } row)
                {
                    return Problem.NotFound($"recurring run {id}");
                }

                if (row.Enabled == enabled)
                {
                    return Result.Ok;
                }

                var now = time.GetUtcNow();
                await session.ExecuteAsync(Switch, new
                {
                    id,
                    enabled,
                    nextDue = enabled && next(row, now) is { } due ? Micros.Of(due) : (long?)null,
                    firedUntil = enabled ? Math.Max(row.FiredUntil, Micros.Of(now)) : row.FiredUntil,
                    now = Micros.Of(now),
                });
                await session.AppendAsync(EventOf(enabled ? "pipeline.schedule.enabled" : "pipeline.schedule.disabled", row));
                return Result.Ok;
            },
            cancellation);

    public Task<Result<Unit>> DeleteAsync(string id, CancellationToken cancellation) =>
        database.WriteAsync<Unit>(
            async (session, _) =>
            {
                if (await session.QuerySingleOrDefaultAsync<ScheduleRow>(FindById, new { id }) is not { } row)
                {
                    return Problem.NotFound($"recurring run {id}");
                }

                await session.ExecuteAsync(DeleteRow, new { id });
                await session.AppendAsync(EventOf("pipeline.schedule.deleted", row));
                return Result.Ok;
            },
            cancellation);

    public Task<IReadOnlyList<ScheduleRow>> DueAsync(int limit, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<ScheduleRow>(DueNow, new { now = Micros.Of(time.GetUtcNow()), limit }), cancellation);

    /// <summary>When the next schedule falls due; null when none does.</summary>
    public Task<long?> NextDueAsync(CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<long?>(NextOfAll), cancellation);

    /// <summary>Runs of the schedule that have not ended.</summary>
    public async Task<long> ActiveAsync(string id, CancellationToken cancellation) =>
        await database.ReadAsync((session, _) => session.QuerySingleOrDefaultAsync<long>(Active, new { id }), cancellation);

    /// <summary>
    /// Writes down that everything up to <paramref name="to"/> has fired. False when another server, or a change by a user, was there first, or the lease is lost.
    /// </summary>
    public async Task<bool> AdvanceAsync(
        Lease lease, ScheduleRow row, DateTimeOffset to, bool fired, DateTimeOffset? nextDue, string? run, string? problem, CancellationToken cancellation)
    {
        var advanced = await database.WriteAsync<bool>(
            async (session, _) => await leases.HoldsAsync(session, lease)
                && await session.ExecuteAsync(Advance, new
                {
                    id = row.Id,
                    from = row.FiredUntil,
                    to = Micros.Of(to),
                    fired = fired ? 1L : 0L,
                    nextDue = nextDue is { } due ? Micros.Of(due) : (long?)null,
                    run,
                    problem,
                }) == 1,
            cancellation);
        return advanced.OrThrow();
    }

    private static EventDraft EventOf(string type, ScheduleRow row) =>
        new(type, row.Namespace, $"pipelineschedules/{row.Id}", Encoding.UTF8.GetBytes(new JsonObject { ["id"] = row.Id, ["name"] = row.DisplayName }.ToJsonString()));
}
