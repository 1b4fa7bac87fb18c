using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Recording;

/// <summary>Experiments and runs; params, tags and metrics are in the other half. Every method works inside the caller's session.</summary>
internal static partial class RunStore
{
    private const string AddExperiment =
        """
        INSERT INTO tracking_experiments (namespace, id, name, lifecycle, created, updated) VALUES (@ns, @id, @name, 'active', @now, @now)
        ON CONFLICT (namespace, name) DO NOTHING
        """;

    private const string SelectExperimentId = "SELECT id FROM tracking_experiments WHERE namespace = @ns AND name = @name";

    private const string RunColumns =
        "r.namespace, r.id, e.name AS experiment, r.name, r.status, r.user_name, r.started, r.finished";

    private const string RunsWithExperiment =
        $"SELECT {RunColumns} FROM tracking_runs r JOIN tracking_experiments e ON e.namespace = r.namespace AND e.id = r.experiment_id";

    private const string AddRun =
        """
        INSERT INTO tracking_runs (namespace, id, experiment_id, name, status, lifecycle, user_name, started, finished)
        VALUES (@ns, @id, @experimentId, @name, @status, 'active', @user, @now, NULL)
        ON CONFLICT (namespace, id) DO NOTHING
        """;

    private const string SelectRun = $"{RunsWithExperiment} WHERE r.namespace = @ns AND r.id = @id";

    private const string SetStatus = "UPDATE tracking_runs SET status = @status, finished = @finished WHERE namespace = @ns AND id = @id";

    private const string SelectRuns =
        $"""
        {RunsWithExperiment}
        WHERE r.namespace = @ns AND r.lifecycle = 'active' AND (r.started, r.id) < (@started, @id)
        ORDER BY r.started DESC, r.id DESC LIMIT @limit
        """;

    private const string SelectRunsOfExperiment =
        $"""
        {RunsWithExperiment}
        WHERE r.namespace = @ns AND e.name = @experiment AND r.lifecycle = 'active' AND (r.started, r.id) < (@started, @id)
        ORDER BY r.started DESC, r.id DESC LIMIT @limit
        """;

    /// <summary>The experiment of that name, made with <paramref name="newId"/> when there is none.</summary>
    public static async Task<string> EnsureExperimentAsync(IWriteSession session, string ns, string name, string newId, DateTimeOffset now)
    {
        await session.ExecuteAsync(AddExperiment, new { ns, id = newId, name, now });
        return (await session.QuerySingleOrDefaultAsync<string>(SelectExperimentId, new { ns, name }))!;
    }

    /// <summary>False when the run was there already.</summary>
    public static async Task<bool> AddRunAsync(IWriteSession session, RunStart run, string experimentId, string user, DateTimeOffset now) =>
        await session.ExecuteAsync(
            AddRun, new { ns = run.Namespace, id = run.RunId, experimentId, name = run.Name, status = nameof(RunStatus.Running), user, now }) == 1;

    public static async Task<RunSummary?> FindAsync(IReadSession session, string ns, string id) =>
        (await session.QuerySingleOrDefaultAsync<RunRow>(SelectRun, new { ns, id }))?.ToSummary();

    public static Task SetStatusAsync(IWriteSession session, string ns, string id, RunStatus status, DateTimeOffset? finished) =>
        session.ExecuteAsync(SetStatus, new { ns, id, status = status.ToString(), finished });

    /// <summary>Newest first, from before (<paramref name="started"/>, <paramref name="id"/>); of one experiment, or all when null.</summary>
    public static async Task<IReadOnlyList<RunSummary>> ListAsync(
        IReadSession session, string ns, string? experiment, DateTimeOffset started, string id, int limit)
    {
        var rows = experiment is null
            ? await session.QueryAsync<RunRow>(SelectRuns, new { ns, started, id, limit })
            : await session.QueryAsync<RunRow>(SelectRunsOfExperiment, new { ns, experiment, started, id, limit });
        return [.. rows.Select(r => r.ToSummary())];
    }

    private sealed class RunRow
    {
        public string Namespace { get; init; } = "";

        public string Id { get; init; } = "";

        public string Experiment { get; init; } = "";

        public string Name { get; init; } = "";

        public string Status { get; init; } = "";

        public string UserName { get; init; } = "";

        public DateTimeOffset Started { get; init; }

        public DateTimeOffset? Finished { get; init; }

        public RunSummary ToSummary() => new(Namespace, Id, Experiment, Name, Enum.Parse<RunStatus>(Status), UserName, Started, Finished);
    }
}
