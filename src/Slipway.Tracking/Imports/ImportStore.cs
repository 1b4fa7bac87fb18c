using Slipway.Contracts.Tracking.Wire;
using Slipway.Platform.Database;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Imports;

/// <summary>What only imports and exports do to the tables: keep ids and times that were given elsewhere, remember what is whole, and read all of a namespace.</summary>
internal static class ImportStore
{
    private const string NextNumber = "SELECT COALESCE(MAX(number), -1) + 1 FROM tracking_experiments";

    private const string Taken = "SELECT COUNT(*) FROM tracking_experiments WHERE number = @number OR (namespace = @ns AND id = @id)";

    private const string AddExperiment =
        """
        INSERT INTO tracking_experiments (number, namespace, id, name, lifecycle, artifact_location, created, updated)
        VALUES (@number, @ns, @id, @name, @lifecycle, @location, @created, @updated)
        """;

    private const string SetModel =
        "UPDATE tracking_models SET status = @status, status_message = @message, lifecycle = @lifecycle, created = @created, updated = @updated WHERE number = @number";

    private const string SelectMarks = "SELECT id, mark FROM tracking_import_marks WHERE namespace = @ns AND ";

    private const string SetMark =
        """
        INSERT INTO tracking_import_marks (namespace, id, mark) VALUES (@Ns, @RunId, @Mark)
        ON CONFLICT (namespace, id) DO UPDATE SET mark = excluded.mark
        """;

    private const string SelectExperiments =
        "SELECT number, namespace, id, name, lifecycle, artifact_location, created, updated FROM tracking_experiments WHERE namespace = @ns ORDER BY number";

    private const string SelectRunNumbers = "SELECT number FROM tracking_runs WHERE namespace = @ns AND number > @after ORDER BY number LIMIT @limit";

    private const string SelectRuns = $"SELECT {RunStore.Columns} FROM tracking_runs r JOIN tracking_experiments e ON e.number = r.experiment WHERE ";

    private const string SelectSeries = "SELECT key, series FROM tracking_metrics WHERE run = @run ORDER BY key";

    private const string SelectModelNumbers = "SELECT id FROM tracking_models WHERE namespace = @ns AND id > @after ORDER BY id LIMIT @limit";

    /// <summary>A number for the experiment: that of its id when it is free, so that ids stay; else the next one.</summary>
    public static async Task<long> NumberAsync(IReadSession session, string ns, string id, long wanted) =>
        wanted >= 0 && await session.QuerySingleOrDefaultAsync<long>(Taken, new { number = wanted, ns, id }) == 0
            ? wanted
            : await session.QuerySingleOrDefaultAsync<long>(NextNumber);

    public static Task AddExperimentAsync(IWriteSession session, ExperimentRow row) => session.ExecuteAsync(AddExperiment, new
    {
        number = row.Number, ns = row.Namespace, id = row.Id, name = row.Name, lifecycle = row.Lifecycle, location = row.ArtifactLocation, created = row.Created,
        updated = row.Updated,
    });

    public static Task SetModelAsync(IWriteSession session, long number, string status, string? message, string lifecycle, long created, long updated) =>
        session.ExecuteAsync(SetModel, new { number, status, message, lifecycle, created, updated });

    public static async Task<IReadOnlyDictionary<string, string>> MarksAsync(IReadSession session, string ns, IReadOnlyList<string> ids)
    {
        var marks = new Dictionary<string, string>(StringComparer.Ordinal);
        await session.ScanAsync(
            SelectMarks + session.Dialect.In("id", "@ids"), new { ns, ids = session.Dialect.List([.. ids]) }, row => marks[row.GetString(0)] = row.GetString(1));
        return marks;
    }

    public static Task SetMarkAsync(IWriteSession session, string ns, ArchivedRunMark mark) => session.ExecuteAsync(SetMark, new { Ns = ns, mark.RunId, mark.Mark });

    public static Task<IReadOnlyList<ExperimentRow>> ExperimentsAsync(IReadSession session, string ns) => session.QueryAsync<ExperimentRow>(SelectExperiments, new { ns });

    /// <summary>Deleted ones, too, by number from after <paramref name="after"/>.</summary>
    public static async Task<IReadOnlyList<RunRow>> RunsAsync(IReadSession session, string ns, long after, int limit)
    {
        var numbers = await session.QueryAsync<long>(SelectRunNumbers, new { ns, after, limit });
        return numbers.Count == 0
            ? []
            : await session.QueryAsync<RunRow>($"{SelectRuns}{session.Dialect.In("r.number", "@numbers")} ORDER BY r.number", new { numbers = session.Dialect.List([.. numbers]) });
    }

    /// <summary>Key and number of each metric of a run.</summary>
    public static async Task<IReadOnlyList<(string Key, long Series)>> SeriesAsync(IReadSession session, long run)
    {
        var found = new List<(string, long)>();
        await session.ScanAsync(SelectSeries, new { run }, row => found.Add((row.GetString(0), row.GetInt64(1))));
        return found;
    }

    public static Task<IReadOnlyList<string>> ModelIdsAsync(IReadSession session, string ns, string after, int limit) =>
        session.QueryAsync<string>(SelectModelNumbers, new { ns, after, limit });
}
