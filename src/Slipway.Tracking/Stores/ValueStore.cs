using Slipway.Platform.Database;

namespace Slipway.Tracking.Stores;

/// <summary>Parameters, which are set once, and tags, which may change.</summary>
internal static class ValueStore
{
    private const string AddParam = "INSERT INTO tracking_params (run, key, value) VALUES (@Run, @Key, @Value) ON CONFLICT (run, key) DO NOTHING";

    private const string SelectParams = "SELECT run, key, value FROM tracking_params WHERE ";

    // One statement for all that is short: each costs more to start than a run's few rows to read.
    private static readonly string[] SelectAll =
    [
        "SELECT 0, run, key, value FROM tracking_params WHERE ", "SELECT 1, run, key, value FROM tracking_tags WHERE ",
        "SELECT 2, run, model_id, '' FROM tracking_model_inputs WHERE ", "SELECT 3, run, model_id, CAST(step AS TEXT) FROM tracking_model_outputs WHERE ",
        "SELECT 4, run, '', '' FROM tracking_inputs WHERE ",
    ];

    private const string SelectParam = "SELECT value FROM tracking_params WHERE run = @run AND key = @key";

    private const string SetTag =
        "INSERT INTO tracking_tags (run, key, value) VALUES (@Run, @Key, @Value) ON CONFLICT (run, key) DO UPDATE SET value = excluded.value";

    private const string SelectTags = "SELECT run, key, value FROM tracking_tags WHERE ";

    private const string SelectTag = "SELECT value FROM tracking_tags WHERE run = @run AND key = @key";

    private const string RemoveTag = "DELETE FROM tracking_tags WHERE run = @run AND key = @key";

    /// <summary>Adds the parameters that are new and leaves the others alone.</summary>
    public static Task AddParamsAsync(IWriteSession session, long run, IEnumerable<KeyValuePair<string, string>> values) =>
        session.ExecuteAsync(AddParam, values.Select(v => new ValueRow(run, v.Key, v.Value)).ToArray());

    public static Task<string?> FindParamAsync(IReadSession session, long run, string key) =>
        session.QuerySingleOrDefaultAsync<string>(SelectParam, new { run, key });

    public static Task SetTagsAsync(IWriteSession session, long run, IEnumerable<KeyValuePair<string, string>> values) =>
        session.ExecuteAsync(SetTag, values.Select(v => new ValueRow(run, v.Key, v.Value)).ToArray());

    public static Task<string?> FindTagAsync(IReadSession session, long run, string key) =>
        session.QuerySingleOrDefaultAsync<string>(SelectTag, new { run, key });

    public static async Task<bool> RemoveTagAsync(IWriteSession session, long run, string key) => await session.ExecuteAsync(RemoveTag, new { run, key }) > 0;

    public static async Task<IReadOnlyDictionary<string, string>> ParamsAsync(IReadSession session, long run) =>
        (await ParamsAsync(session, [run]))[run].ToDictionary(StringComparer.Ordinal);

    public static async Task<IReadOnlyDictionary<string, string>> TagsAsync(IReadSession session, long run) =>
        (await TagsAsync(session, [run]))[run].ToDictionary(StringComparer.Ordinal);

    public static Task<ILookup<long, KeyValuePair<string, string>>> ParamsAsync(IReadSession session, long[] runs) => SelectAsync(session, SelectParams, runs);

    public static Task<ILookup<long, KeyValuePair<string, string>>> TagsAsync(IReadSession session, long[] runs) => SelectAsync(session, SelectTags, runs);

    /// <summary>Everything short that hangs on the runs, in one statement.</summary>
    public static async Task<RunValues> AllAsync(IReadSession session, long[] runs)
    {
        var condition = runs.Length == 1 ? "run = @runs" : session.Dialect.In("run", "@runs");
        var rows = new List<(long Kind, long Run, string Key, string Value)>();
        await session.ScanAsync(
            string.Join(" UNION ALL ", SelectAll.Select(s => s + condition)), new { runs = runs.Length == 1 ? runs[0] : session.Dialect.List(runs) },
            row => rows.Add((row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetString(3))));
        rows.Sort((a, b) => a.Run != b.Run ? a.Run.CompareTo(b.Run) : string.CompareOrdinal(a.Key, b.Key));
        ILookup<long, KeyValuePair<string, string>> Of(int kind) => rows.Where(r => r.Kind == kind).ToLookup(r => r.Run, r => KeyValuePair.Create(r.Key, r.Value));
        return new RunValues(
            Of(0), Of(1), rows.Where(r => r.Kind == 2).ToLookup(r => r.Run, r => r.Key),
            rows.Where(r => r.Kind == 3).Select(r => (r.Run, Output: new ModelOutputRow(r.Key, long.Parse(r.Value, System.Globalization.CultureInfo.InvariantCulture))))
                .OrderBy(r => r.Output.Step).ToLookup(r => r.Run, r => r.Output),
            rows.Any(r => r.Kind == 4));
    }

    private static async Task<ILookup<long, KeyValuePair<string, string>>> SelectAsync(IReadSession session, string select, long[] runs)
    {
        var values = new List<(long Run, KeyValuePair<string, string> Pair)>();
        await session.ScanAsync(
            $"{select}{session.Dialect.In("run", "@runs")} ORDER BY run, key", new { runs = session.Dialect.List(runs) },
            row => values.Add((row.GetInt64(0), new(row.GetString(1), row.GetString(2)))));
        return values.ToLookup(v => v.Run, v => v.Pair);
    }

    private sealed record ValueRow(long Run, string Key, string Value);
}

/// <param name="AnyDatasets">Whether one of the runs read a dataset.</param>
internal sealed record RunValues(
    ILookup<long, KeyValuePair<string, string>> Params, ILookup<long, KeyValuePair<string, string>> Tags, ILookup<long, string> ModelInputs,
    ILookup<long, ModelOutputRow> ModelOutputs, bool AnyDatasets);
