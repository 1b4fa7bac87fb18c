using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Stores;

/// <summary>Runs themselves; what hangs on them is in <see cref="ValueStore"/>, <see cref="MetricStore"/> and <see cref="InputStore"/>.</summary>
internal static class RunStore
{
    public const string Columns =
        """
        r.number, r.namespace, r.id, r.experiment, e.id AS experiment_id, e.name AS experiment_name, e.artifact_location, r.name, r.status, r.lifecycle,
        r.user_name, r.started, r.finished
        """;

    private const string WithExperiment = $"SELECT {Columns} FROM tracking_runs r JOIN tracking_experiments e ON e.number = r.experiment";

    // INTEGER PRIMARY KEY: the greatest one is where the table ends.
    private const string NextNumber = "SELECT COALESCE(MAX(number), 0) + 1 FROM tracking_runs";

    private const string Insert =
        """
        INSERT INTO tracking_runs (number, namespace, id, experiment, name, status, lifecycle, user_name, started, finished, deleted)
        VALUES (@number, @ns, @id, @experiment, @name, @status, 'active', @user, @started, NULL, NULL)
        ON CONFLICT DO NOTHING
        """;

    private const string SelectOne = $"{WithExperiment} WHERE r.namespace = @ns AND r.id = @id";

    private const string SelectKey = "SELECT number, experiment, lifecycle FROM tracking_runs WHERE namespace = @ns AND id = @id";

    private const string SetState = "UPDATE tracking_runs SET status = @status, finished = @finished WHERE number = @number";

    private const string SetName = "UPDATE tracking_runs SET name = @name WHERE number = @number";

    private const string SetLifecycle = "UPDATE tracking_runs SET lifecycle = @lifecycle, deleted = @deleted WHERE number = @number";

    private const string SelectPage =
        $"""
        {WithExperiment}
        WHERE r.namespace = @ns AND r.lifecycle = 'active' AND (r.started, r.id) < (@started, @id)
        ORDER BY r.started DESC, r.id DESC LIMIT @limit
        """;

    private const string SelectPageOfExperiment =
        $"""
        {WithExperiment}
        WHERE r.namespace = @ns AND e.name = @experiment AND r.lifecycle = 'active' AND (r.started, r.id) < (@started, @id)
        ORDER BY r.started DESC, r.id DESC LIMIT @limit
        """;

    /// <summary>The run's number, or null when the namespace has a run of that id.</summary>
    public static async Task<long?> AddAsync(IWriteSession session, ExperimentRow experiment, string id, string name, string status, string user, long started)
    {
        var number = await session.QuerySingleOrDefaultAsync<long>(NextNumber);
        var added = await session.ExecuteAsync(Insert, new { number, ns = experiment.Namespace, id, experiment = experiment.Number, name, status, user, started });
        return added == 1 ? number : null;
    }

    public static Task<RunRow?> FindAsync(IReadSession session, string ns, string id) => session.QuerySingleOrDefaultAsync<RunRow>(SelectOne, new { ns, id });

    /// <summary>What writing to a run needs of it, in one look at one table.</summary>
    public static Task<RunKey?> FindKeyAsync(IReadSession session, string ns, string id) => session.QuerySingleOrDefaultAsync<RunKey>(SelectKey, new { ns, id });

    public static async Task<IReadOnlyDictionary<string, RunRow>> FindManyAsync(IReadSession session, string ns, IReadOnlyList<string> ids)
    {
        var rows = await session.QueryAsync<RunRow>(
            $"{WithExperiment} WHERE r.namespace = @ns AND {session.Dialect.In("r.id", "@ids")}", new { ns, ids = session.Dialect.List([.. ids]) });
        return rows.ToDictionary(r => r.Id, StringComparer.Ordinal);
    }

    public static Task SetStateAsync(IWriteSession session, long number, string status, long? finished) =>
        session.ExecuteAsync(SetState, new { number, status, finished });

    public static Task SetNameAsync(IWriteSession session, long number, string name) => session.ExecuteAsync(SetName, new { number, name });

    public static Task SetLifecycleAsync(IWriteSession session, long number, string lifecycle, long? deleted) =>
        session.ExecuteAsync(SetLifecycle, new { number, lifecycle, deleted });

    /// <summary>Newest first, from before (<paramref name="started"/>, <paramref name="id"/>); of one experiment, or all when null.</summary>
    public static async Task<IReadOnlyList<RunSummary>> ListAsync(
        IReadSession session, string ns, string? experiment, DateTimeOffset started, string id, int limit)
    {
        var rows = experiment is null
            ? await session.QueryAsync<RunRow>(SelectPage, new { ns, started, id, limit })
            : await session.QueryAsync<RunRow>(SelectPageOfExperiment, new { ns, experiment, started, id, limit });
        return [.. rows.Select(ToSummary)];
    }

    public static RunSummary ToSummary(this RunRow run) => new(
        run.Namespace, run.Id, run.ExperimentName, run.Name, Enum.Parse<RunStatus>(run.Status, ignoreCase: true), run.UserName, Micros.ToTime(run.Started),
        run.Finished is { } finished ? Micros.ToTime(finished) : null);
}

internal sealed record RunKey(long Number, long Experiment, string Lifecycle);
