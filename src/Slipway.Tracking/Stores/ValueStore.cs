using Slipway.Platform.Database;

namespace Slipway.Tracking.Stores;

/// <summary>Parameters, which are set once, and tags, which may change.</summary>
internal static class ValueStore
{
    private const string AddParam = "INSERT INTO tracking_params (run, key, value) VALUES (@Run, @Key, @Value) ON CONFLICT (run, key) DO NOTHING";

    private const string SelectParams = "SELECT run, key, value FROM tracking_params WHERE ";

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
