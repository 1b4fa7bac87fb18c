using Slipway.Platform.Database;

namespace Slipway.Tracking.Stores;

/// <summary>Experiments and their tags. Every method works inside the caller's session.</summary>
internal static class ExperimentStore
{
    /// <summary>The id of every namespace's experiment for runs that name none.</summary>
    public const string DefaultId = "0";

    private const string Columns = "number, namespace, id, name, lifecycle, artifact_location, created, updated";

    // One writer at a time, so nobody takes the number in between.
    private const string NextNumber =
        """
        SELECT COALESCE(MAX(n.number), -1) + 1 FROM (
            SELECT MAX(number) AS number FROM tracking_experiments UNION ALL SELECT value FROM tracking_counters WHERE name = 'experiment') n
        """;

    private const string Insert =
        """
        INSERT INTO tracking_experiments (number, namespace, id, name, lifecycle, artifact_location, created, updated)
        VALUES (@number, @ns, @id, @name, 'active', @location, @now, @now)
        ON CONFLICT DO NOTHING
        """;

    private const string SelectById = $"SELECT {Columns} FROM tracking_experiments WHERE namespace = @ns AND id = @id";

    // A name may have been given up and taken again: the living one counts, then the one deleted last.
    private const string SelectByName =
        $"SELECT {Columns} FROM tracking_experiments WHERE namespace = @ns AND name = @name ORDER BY lifecycle, updated DESC LIMIT 1";

    private const string SelectNumbers = "SELECT number FROM tracking_experiments WHERE namespace = @ns AND ";

    private const string SetLifecycle = "UPDATE tracking_experiments SET lifecycle = @lifecycle, updated = @now WHERE number = @number";

    private const string SetRunsLifecycle = "UPDATE tracking_runs SET lifecycle = @lifecycle, deleted = @deleted WHERE experiment = @number";

    private const string Rename = "UPDATE tracking_experiments SET name = @name, updated = @now WHERE number = @number";

    private const string Touch = "UPDATE tracking_experiments SET updated = @now WHERE number = @number";

    private const string UpsertTag =
        """
        INSERT INTO tracking_experiment_tags (experiment, key, value) VALUES (@Number, @Key, @Value)
        ON CONFLICT (experiment, key) DO UPDATE SET value = excluded.value
        """;

    private const string RemoveTag = "DELETE FROM tracking_experiment_tags WHERE experiment = @number AND key = @key";

    private const string SelectTags = "SELECT experiment, key, value FROM tracking_experiment_tags WHERE ";

    /// <summary>The new experiment, or null when a living one has the name. Its id is its number; its files go where <paramref name="location"/> says, or by id.</summary>
    public static async Task<ExperimentRow?> AddAsync(IWriteSession session, string ns, string name, string? location, long now, string? id = null)
    {
        var number = await session.QuerySingleOrDefaultAsync<long>(NextNumber);
        id ??= number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        location ??= DefaultLocation(ns, id);
        return await session.ExecuteAsync(Insert, new { number, ns, id, name, location, now }) == 1
            ? new ExperimentRow(number, ns, id, name, Lifecycle.Active, location, now, now)
            : null;
    }

    public static Task<ExperimentRow?> FindAsync(IReadSession session, string ns, string id) =>
        session.QuerySingleOrDefaultAsync<ExperimentRow>(SelectById, new { ns, id });

    public static Task<ExperimentRow?> FindByNameAsync(IReadSession session, string ns, string name) =>
        session.QuerySingleOrDefaultAsync<ExperimentRow>(SelectByName, new { ns, name });

    /// <summary>Numbers of those of the ids that exist.</summary>
    public static async Task<long[]> NumbersAsync(IReadSession session, string ns, IReadOnlyList<string> ids) =>
        [.. await session.QueryAsync<long>(SelectNumbers + session.Dialect.In("id", "@ids"), new { ns, ids = session.Dialect.List([.. ids]) })];

    /// <summary>The experiment's runs follow it.</summary>
    public static async Task SetLifecycleAsync(IWriteSession session, long number, string lifecycle, long now)
    {
        await session.ExecuteAsync(SetLifecycle, new { number, lifecycle, now });
        await session.ExecuteAsync(SetRunsLifecycle, new { number, lifecycle, deleted = lifecycle == Lifecycle.Deleted ? now : (long?)null });
    }

    public static Task RenameAsync(IWriteSession session, long number, string name, long now) => session.ExecuteAsync(Rename, new { number, name, now });

    public static async Task SetTagsAsync(IWriteSession session, long number, IEnumerable<KeyValuePair<string, string>> tags, long now)
    {
        await session.ExecuteAsync(UpsertTag, tags.Select(t => new { Number = number, t.Key, t.Value }).ToArray());
        await session.ExecuteAsync(Touch, new { number, now });
    }

    public static async Task<bool> RemoveTagAsync(IWriteSession session, long number, string key) =>
        await session.ExecuteAsync(RemoveTag, new { number, key }) > 0;

    public static async Task<ILookup<long, KeyValuePair<string, string>>> TagsAsync(IReadSession session, IReadOnlyList<long> numbers)
    {
        var tags = new List<(long Number, KeyValuePair<string, string> Tag)>();
        await session.ScanAsync(
            $"{SelectTags}{session.Dialect.In("experiment", "@numbers")} ORDER BY key", new { numbers = session.Dialect.List([.. numbers]) },
            row => tags.Add((row.GetInt64(0), new(row.GetString(1), row.GetString(2)))));
        return tags.ToLookup(t => t.Number, t => t.Tag);
    }

    public static Task<IReadOnlyList<ExperimentRow>> SearchAsync(
        IReadSession session, string condition, string order, Dictionary<string, object?> parameters, int limit, long offset)
    {
        (parameters["limit"], parameters["offset"]) = ((long)limit, offset);
        return session.QueryAsync<ExperimentRow>($"SELECT {Columns} FROM tracking_experiments x WHERE {condition} ORDER BY {order} LIMIT @limit OFFSET @offset", parameters);
    }

    /// <summary>Where the files of an experiment go when nobody said where.</summary>
    public static string DefaultLocation(string ns, string id) => ns == "default" ? $"mlflow-artifacts:/{id}" : $"mlflow-artifacts:/workspaces/{ns}/{id}";
}
