using Slipway.Contracts.Tracking.Ports;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Recording;

internal static partial class RunStore
{
    private const string AddParam =
        """
        INSERT INTO tracking_params (namespace, run_id, key, value) VALUES (@Ns, @RunId, @Key, @Value)
        ON CONFLICT (namespace, run_id, key) DO NOTHING
        """;

    private const string SelectParams = "SELECT key, value FROM tracking_params WHERE namespace = @ns AND run_id = @runId ORDER BY key";

    private const string SetTag =
        """
        INSERT INTO tracking_tags (namespace, run_id, key, value) VALUES (@Ns, @RunId, @Key, @Value)
        ON CONFLICT (namespace, run_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string SelectTags = "SELECT key, value FROM tracking_tags WHERE namespace = @ns AND run_id = @runId ORDER BY key";

    private const string AddPoint =
        """
        INSERT INTO tracking_metric_points (namespace, run_id, key, step, time, value, is_nan)
        VALUES (@Ns, @RunId, @Key, @Step, @Time, @Value, @IsNan)
        ON CONFLICT (namespace, run_id, key, step, time, value, is_nan) DO NOTHING
        """;

    // Whatever the order in which points arrive, the greatest stays.
    private const string RaiseLatest =
        """
        INSERT INTO tracking_latest_metrics (namespace, run_id, key, step, time, value, is_nan)
        VALUES (@Ns, @RunId, @Key, @Step, @Time, @Value, @IsNan)
        ON CONFLICT (namespace, run_id, key) DO UPDATE
        SET step = excluded.step, time = excluded.time, value = excluded.value, is_nan = excluded.is_nan
        WHERE (excluded.step, excluded.time, excluded.value)
            > (tracking_latest_metrics.step, tracking_latest_metrics.time, tracking_latest_metrics.value)
        """;

    private const string SelectLatest =
        "SELECT key, step, time, value, is_nan FROM tracking_latest_metrics WHERE namespace = @ns AND run_id = @runId ORDER BY key";

    private const string SelectPoints =
        """
        SELECT key, step, time, value, is_nan FROM tracking_metric_points
        WHERE namespace = @ns AND run_id = @runId AND key = @key ORDER BY step, time, value LIMIT @limit
        """;

    /// <summary>Adds the parameters that are new and leaves the others alone.</summary>
    public static Task AddParamsAsync(IWriteSession session, string ns, string runId, IReadOnlyDictionary<string, string> values) =>
        session.ExecuteAsync(AddParam, ToRows(ns, runId, values));

    public static Task SetTagsAsync(IWriteSession session, string ns, string runId, IReadOnlyDictionary<string, string> values) =>
        session.ExecuteAsync(SetTag, ToRows(ns, runId, values));

    public static async Task<IReadOnlyDictionary<string, string>> ParamsAsync(IReadSession session, string ns, string runId) =>
        ToMap(await session.QueryAsync<ValueRow>(SelectParams, new { ns, runId }));

    public static async Task<IReadOnlyDictionary<string, string>> TagsAsync(IReadSession session, string ns, string runId) =>
        ToMap(await session.QueryAsync<ValueRow>(SelectTags, new { ns, runId }));

    public static async Task AddMetricsAsync(IWriteSession session, string ns, string runId, IReadOnlyList<RunMetric> metrics)
    {
        var rows = metrics.Select(m => new PointParameters(ns, runId, m.Key, m.Step, m.Time, double.IsNaN(m.Value) ? 0 : m.Value, double.IsNaN(m.Value))).ToArray();
        await session.ExecuteAsync(AddPoint, rows);
        await session.ExecuteAsync(RaiseLatest, rows);
    }

    public static async Task<IReadOnlyList<RunMetric>> LatestAsync(IReadSession session, string ns, string runId) =>
        [.. (await session.QueryAsync<PointRow>(SelectLatest, new { ns, runId })).Select(r => r.ToMetric())];

    public static async Task<IReadOnlyList<RunMetric>> HistoryAsync(IReadSession session, string ns, string runId, string key, int limit) =>
        [.. (await session.QueryAsync<PointRow>(SelectPoints, new { ns, runId, key, limit })).Select(r => r.ToMetric())];

    private static ValueParameters[] ToRows(string ns, string runId, IReadOnlyDictionary<string, string> values) =>
        [.. values.Select(v => new ValueParameters(ns, runId, v.Key, v.Value))];

    private static Dictionary<string, string> ToMap(IReadOnlyList<ValueRow> rows) => rows.ToDictionary(r => r.Key, r => r.Value, StringComparer.Ordinal);

    private sealed record ValueParameters(string Ns, string RunId, string Key, string Value);

    private sealed record PointParameters(string Ns, string RunId, string Key, long Step, DateTimeOffset Time, double Value, bool IsNan);

    private sealed class ValueRow
    {
        public string Key { get; init; } = "";

        public string Value { get; init; } = "";
    }

    private sealed class PointRow
    {
        public string Key { get; init; } = "";

        public long Step { get; init; }

        public DateTimeOffset Time { get; init; }

        public double Value { get; init; }

        public bool IsNan { get; init; }

        public RunMetric ToMetric() => new(Key, IsNan ? double.NaN : Value, Step, Time);
    }
}
