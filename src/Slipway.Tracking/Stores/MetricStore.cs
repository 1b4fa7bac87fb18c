using System.Data.Common;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Stores;

/// <summary>Metrics: all their points, and beside them the current one of each.</summary>
internal static class MetricStore
{
    private const string SelectSeries = "SELECT series, time, step, value, is_nan FROM tracking_metrics WHERE run = @run AND key = @key";

    private const string SelectManySeries = "SELECT series, time, step, value, is_nan, key FROM tracking_metrics WHERE run = @run AND ";

    private const string NextSeries = "SELECT COALESCE(MAX(series), 0) + 1 FROM tracking_metrics";

    private const string Raise = "UPDATE tracking_metrics SET step = @Step, time = @Time, value = @Value, is_nan = @IsNan WHERE series = @Series";

    private const string AddPoint =
        "INSERT INTO tracking_points (series, time, step, value, is_nan) VALUES (@Series, @Time, @Step, @Value, @IsNan) ON CONFLICT DO NOTHING";

    private const string SelectLatest = "SELECT run, key, time, step, value, is_nan FROM tracking_metrics WHERE ";

    private const string FindSeries = "SELECT m.series FROM tracking_metrics m JOIN tracking_runs r ON r.number = m.run WHERE r.namespace = @ns AND r.id = @id AND m.key = @key";

    private const string SelectPoints =
        """
        SELECT time, step, value, is_nan FROM tracking_points
        WHERE series = @series AND (time, step, value, is_nan) > (@time, @step, @value, @nan)
        ORDER BY time, step, value, is_nan LIMIT @limit OFFSET @offset
        """;

    private const string SelectFirstPoints =
        "SELECT time, step, value, is_nan FROM tracking_points WHERE series = @series ORDER BY time, step, value, is_nan LIMIT @limit OFFSET @offset";

    private const string SelectSteps = "SELECT step FROM tracking_points WHERE series = @series";

    private const string SelectRange =
        "SELECT time, step, value, is_nan FROM tracking_points WHERE series = @series AND step >= @first AND step <= @last";

    /// <summary>Adds the points that are new; each metric's current point is raised to the greatest.</summary>
    public static Task AddAsync(IWriteSession session, long run, long experiment, IReadOnlyList<PointRow> points) => points.Count switch
    {
        0 => Task.CompletedTask,
        1 => AddOneAsync(session, run, experiment, points[0]),
        _ => AddManyAsync(session, run, experiment, points),
    };

    public static async Task<ILookup<long, PointRow>> LatestAsync(IReadSession session, long[] runs)
    {
        var found = new List<(long Run, PointRow Point)>();
        await session.ScanAsync(
            $"{SelectLatest}{(runs.Length == 1 ? "run = @runs" : session.Dialect.In("run", "@runs"))} ORDER BY run, key",
            new { runs = runs.Length == 1 ? runs[0] : session.Dialect.List(runs) },
            row => found.Add((row.GetInt64(0), ReadPoint(row, row.GetString(1), 2))));
        return found.ToLookup(f => f.Run, f => f.Point);
    }

    /// <summary>The number under which the run's metric is kept; null when it was never logged.</summary>
    public static Task<long?> FindSeriesAsync(IReadSession session, string ns, string runId, string key) =>
        session.QuerySingleOrDefaultAsync<long?>(FindSeries, new { ns, id = runId, key });

    /// <summary>By time, step and value, those after <paramref name="after"/>; each is handed over as it is read.</summary>
    public static Task<int> PointsAsync(IReadSession session, long series, PointRow? after, long offset, int limit, Action<PointRow> point) => after is { } last
        ? session.ScanAsync(
            SelectPoints, new { series, time = last.Time, step = last.Step, value = last.Value, nan = last.IsNan, limit, offset }, row => point(ReadPoint(row, "", 0)))
        : session.ScanAsync(SelectFirstPoints, new { series, limit, offset }, row => point(ReadPoint(row, "", 0)));

    /// <summary>The step of every point of a metric, in no order, some of them several times.</summary>
    public static Task StepsAsync(IReadSession session, long series, Action<long> step) =>
        session.ScanAsync(SelectSteps, new { series }, row => step(row.GetInt64(0)));

    /// <summary>Those within a range of steps, in no order.</summary>
    public static Task RangeAsync(IReadSession session, long series, long first, long last, Action<PointRow> point) =>
        session.ScanAsync(SelectRange, new { series, first, last }, row => point(ReadPoint(row, "", 0)));

    private static async Task AddOneAsync(IWriteSession session, long run, long experiment, PointRow point)
    {
        var series = 0L;
        PointRow current = default;
        await session.ScanAsync(SelectSeries, new { run, key = point.Key }, row => (series, current) = (row.GetInt64(0), ReadPoint(row, point.Key, 1)));
        if (series == 0)
        {
            await AddManyAsync(session, run, experiment, [point]);
            return;
        }

        await session.ExecuteAsync(AddPoint, new PointParameters(series, point.Time, point.Step, point.Value, point.IsNan));
        if (point.IsGreaterThan(current))
        {
            await session.ExecuteAsync(Raise, new PointParameters(series, point.Time, point.Step, point.Value, point.IsNan));
        }
    }

    private static async Task AddManyAsync(IWriteSession session, long run, long experiment, IReadOnlyList<PointRow> points)
    {
        var greatest = new Dictionary<string, PointRow>(StringComparer.Ordinal);
        foreach (var point in points)
        {
            if (!greatest.TryGetValue(point.Key, out var best) || point.IsGreaterThan(best))
            {
                greatest[point.Key] = point;
            }
        }

        var known = new Dictionary<string, (long Series, PointRow Current)>(StringComparer.Ordinal);
        await session.ScanAsync(
            SelectManySeries + session.Dialect.In("key", "@keys"), new { run, keys = session.Dialect.List([.. greatest.Keys]) },
            row => known[row.GetString(5)] = (row.GetInt64(0), ReadPoint(row, row.GetString(5), 1)));
        await session.ExecuteAsync(
            Raise,
            known.Where(k => greatest[k.Key].IsGreaterThan(k.Value.Current)).Select(k => new PointParameters(
                k.Value.Series, greatest[k.Key].Time, greatest[k.Key].Step, greatest[k.Key].Value, greatest[k.Key].IsNan)).ToArray());
        if (greatest.Count > known.Count)
        {
            await AddSeriesAsync(session, run, experiment, [.. greatest.Values.Where(g => !known.ContainsKey(g.Key))], known);
        }

        await session.InsertRowsAsync(new RowInsert(
            "tracking_points", "ON CONFLICT DO NOTHING",
            new RowColumn("series", points.Select(p => known[p.Key].Series).ToArray()),
            new RowColumn("time", points.Select(p => p.Time).ToArray()),
            new RowColumn("step", points.Select(p => p.Step).ToArray()),
            new RowColumn("value", points.Select(p => p.Value).ToArray()),
            new RowColumn("is_nan", points.Select(p => p.IsNan ? 1L : 0L).ToArray())));
    }

    private static async Task AddSeriesAsync(
        IWriteSession session, long run, long experiment, PointRow[] first, Dictionary<string, (long Series, PointRow Current)> known)
    {
        // One writer at a time, so nobody takes the numbers in between.
        var next = await session.QuerySingleOrDefaultAsync<long>(NextSeries);
        var series = new long[first.Length];
        for (var i = 0; i < first.Length; i++)
        {
            series[i] = next + i;
            known[first[i].Key] = (series[i], first[i]);
        }

        await session.InsertRowsAsync(new RowInsert(
            "tracking_metrics", "",
            new RowColumn("series", series),
            new RowColumn("run", first.Select(_ => run).ToArray()),
            new RowColumn("experiment", first.Select(_ => experiment).ToArray()),
            new RowColumn("key", first.Select(p => p.Key).ToArray()),
            new RowColumn("step", first.Select(p => p.Step).ToArray()),
            new RowColumn("time", first.Select(p => p.Time).ToArray()),
            new RowColumn("value", first.Select(p => p.Value).ToArray()),
            new RowColumn("is_nan", first.Select(p => p.IsNan ? 1L : 0L).ToArray())));
    }

    private static PointRow ReadPoint(DbDataReader row, string key, int at) =>
        new(key, row.GetInt64(at), row.GetInt64(at + 1), row.GetDouble(at + 2), row.GetInt64(at + 3) != 0);

    private sealed record PointParameters(long Series, long Time, long Step, double Value, bool IsNan);
}
