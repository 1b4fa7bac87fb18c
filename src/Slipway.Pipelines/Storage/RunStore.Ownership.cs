using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Storage;

/// <summary>
/// Who runs what. A run has one owner, a server that shows every few seconds that it lives; when it stops doing so another takes the run over under a
/// higher token, and whatever the first one still sends is refused.
/// </summary>
internal sealed partial class RunStore
{
    private const string PutServer =
        "INSERT INTO pipeline_servers (id, until) VALUES (@server, @until) ON CONFLICT (id) DO UPDATE SET until = @until";

    private const string DropServer = "DELETE FROM pipeline_servers WHERE id = @server";

    private const string DropDeadServers = "DELETE FROM pipeline_servers WHERE until < @now";

    private const string DropOtherServers = "DELETE FROM pipeline_servers WHERE id <> @server";

    private const string LeaveRuns = "UPDATE pipeline_runs SET owner = NULL WHERE owner = @server AND state IN ('Pending', 'Running', 'Canceling')";

    // Those whose owner shows no life are as free as those without one.
    private const string FreeRuns =
        $"SELECT {Columns} FROM pipeline_runs WHERE state IN ('Pending', 'Running', 'Canceling') "
        + "AND (owner IS NULL OR NOT EXISTS (SELECT 1 FROM pipeline_servers s WHERE s.id = pipeline_runs.owner AND s.until >= @now)) "
        + "ORDER BY priority DESC, created, id LIMIT @most";

    private const string TakeRun = "UPDATE pipeline_runs SET owner = @server, token = @token WHERE id = @id";

    private const string Requests =
        "SELECT id FROM pipeline_runs WHERE owner = @server AND state = 'Canceling'";

    private const string TaskColumns =
        "run_id, path, id, number, parent, name, display_name, kind, component, state, cause, iteration, attempt, lost, not_before, created, started, "
        + "finished, error, inputs, outputs, cached_from, fingerprint, detail, history";

    private const string TasksOf = $"SELECT {TaskColumns} FROM pipeline_tasks WHERE run_id = @run ORDER BY number";

    private const string FindTask = $"SELECT {TaskColumns} FROM pipeline_tasks WHERE run_id = @run AND path = @path";

    private const string FindTaskById = $"SELECT {TaskColumns} FROM pipeline_tasks WHERE id = @id AND run_id = @run";

    /// <summary>Shows that the server lives.</summary>
    /// <param name="alone">No other server can be alive: the embedded database belongs to one process.</param>
    public async Task KeepAliveAsync(string server, TimeSpan lease, bool alone, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var kept = await database.WriteAsync<int>(
            async (session, _) =>
            {
                await session.ExecuteAsync(alone ? DropOtherServers : DropDeadServers, new { server, now = Micros.Of(now) });
                return await session.ExecuteAsync(PutServer, new { server, until = Micros.Of(now + lease) });
            },
            cancellation);
        kept.OrThrow();
    }

    /// <summary>A server that ends in order leaves its runs to the others at once.</summary>
    public async Task LeaveAsync(string server, CancellationToken cancellation)
    {
        var left = await database.WriteAsync<int>(
            async (session, _) =>
            {
                await session.ExecuteAsync(DropServer, new { server });
                return await session.ExecuteAsync(LeaveRuns, new { server });
            },
            cancellation);
        left.OrThrow();
    }

    /// <summary>Takes up to <paramref name="most"/> runs that nobody runs, the most urgent first, under new tokens.</summary>
    public async Task<IReadOnlyList<RunRow>> TakeAsync(string server, int most, CancellationToken cancellation)
    {
        // Looking costs no write, and mostly there is nothing.
        var seen = await database.ReadAsync(
            (session, _) => session.QueryAsync<RunRow>(FreeRuns, new { now = Micros.Of(time.GetUtcNow()), most = 1 }), cancellation);
        if (seen.Count == 0)
        {
            return [];
        }

        var taken = await database.WriteAsync<IReadOnlyList<RunRow>>(
            async (session, _) =>
            {
                var free = await session.QueryAsync<RunRow>(FreeRuns + session.Dialect.ForUpdateSkipLocked, new { now = Micros.Of(time.GetUtcNow()), most });
                await session.ExecuteAsync(TakeRun, free.Select(r => new { server, token = r.Token + 1, id = r.Id }).ToList());
                return Result.From<IReadOnlyList<RunRow>>([.. free.Select(r => r with { Owner = server, Token = r.Token + 1 })]);
            },
            cancellation);
        return taken.OrThrow();
    }

    /// <summary>Runs of this server whose end somebody asked for, perhaps at another replica.</summary>
    public Task<IReadOnlyList<string>> CancelledAsync(string server, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<string>(Requests, new { server }), cancellation);

    /// <summary>By its path, or else by its id; null when it has no row.</summary>
    public Task<TaskRow?> FindTaskAsync(string run, string path, string id, CancellationToken cancellation) =>
        database.ReadAsync(
            async (session, _) => await session.QuerySingleOrDefaultAsync<TaskRow>(FindTask, new { run, path })
                ?? await session.QuerySingleOrDefaultAsync<TaskRow>(FindTaskById, new { id, run }),
            cancellation);

    public Task<IReadOnlyList<TaskRow>> TasksAsync(string run, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<TaskRow>(TasksOf, new { run }), cancellation);
}
