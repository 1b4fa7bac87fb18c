using System.Globalization;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow.Search;

namespace Slipway.Traces.Storage;

/// <summary>An evaluation dataset without its records. Times are milliseconds since 1970; schema and profile are JSON.</summary>
internal sealed record DatasetRow
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public string? Schema { get; init; }

    public string? Profile { get; init; }

    public string Digest { get; init; } = "";

    public long Created { get; init; }

    public long Updated { get; init; }

    public string? CreatedBy { get; init; }

    public string? UpdatedBy { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>A record; all values are JSON.</summary>
internal sealed record RecordRow
{
    public string Id { get; init; } = "";

    public string InputHash { get; init; } = "";

    public string Inputs { get; init; } = "{}";

    public string? Outputs { get; init; }

    public string? Expectations { get; init; }

    public string? Tags { get; init; }

    public string? Source { get; init; }

    public long Created { get; init; }

    public long Updated { get; init; }

    public string? CreatedBy { get; init; }

    public string? UpdatedBy { get; init; }
}

internal static class DatasetStore
{
    private const string Columns = "id, name, schema, profile, digest, created, updated, created_by, updated_by";

    private const string RecordColumns = "id, input_hash, inputs, outputs, expectations, tags, source, created, updated, created_by, updated_by";

    private const string SelectOne = $"SELECT {Columns} FROM traces_datasets WHERE namespace = @ns AND id = @id";

    private const string Put =
        """
        INSERT INTO traces_datasets (namespace, id, name, schema, profile, digest, created, updated, created_by, updated_by)
        VALUES (@ns, @Id, @Name, @Schema, @Profile, @Digest, @Created, @Updated, @CreatedBy, @UpdatedBy)
        ON CONFLICT (namespace, id) DO UPDATE SET
            schema = excluded.schema, profile = excluded.profile, digest = excluded.digest, updated = excluded.updated, updated_by = excluded.updated_by
        """;

    private const string SelectTags = "SELECT dataset_id, key, value FROM traces_dataset_tags WHERE namespace = @ns AND dataset_id IN @ids";

    private const string PutTag =
        """
        INSERT INTO traces_dataset_tags (namespace, dataset_id, key, value) VALUES (@ns, @id, @key, @value)
        ON CONFLICT (namespace, dataset_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string DeleteTag = "DELETE FROM traces_dataset_tags WHERE namespace = @ns AND dataset_id = @id AND key = @key";

    private const string AddExperiment =
        """
        INSERT INTO traces_dataset_experiments (namespace, dataset_id, experiment_id) VALUES (@ns, @id, @experiment)
        ON CONFLICT (namespace, dataset_id, experiment_id) DO NOTHING
        """;

    private const string RemoveExperiment = "DELETE FROM traces_dataset_experiments WHERE namespace = @ns AND dataset_id = @id AND experiment_id = @experiment";

    private const string SelectExperiments = "SELECT experiment_id FROM traces_dataset_experiments WHERE namespace = @ns AND dataset_id = @id ORDER BY experiment_id";

    private const string SelectRecord = $"SELECT {RecordColumns} FROM traces_dataset_records WHERE namespace = @ns AND dataset_id = @id AND input_hash = @hash";

    private const string PutRecord =
        """
        INSERT INTO traces_dataset_records
            (namespace, dataset_id, id, input_hash, inputs, outputs, expectations, tags, source, created, updated, created_by, updated_by)
        VALUES (@ns, @datasetId, @Id, @InputHash, @Inputs, @Outputs, @Expectations, @Tags, @Source, @Created, @Updated, @CreatedBy, @UpdatedBy)
        ON CONFLICT (namespace, dataset_id, input_hash) DO UPDATE SET
            outputs = excluded.outputs, expectations = excluded.expectations, tags = excluded.tags, updated = excluded.updated, updated_by = excluded.updated_by
        """;

    private const string SelectRecords =
        $"""
        SELECT {RecordColumns} FROM traces_dataset_records
        WHERE namespace = @ns AND dataset_id = @id AND (created, id) > (@created, @after) ORDER BY created, id LIMIT @limit
        """;

    private const string CountRecords = "SELECT COUNT(*) FROM traces_dataset_records WHERE namespace = @ns AND dataset_id = @id";

    private const string DeleteRecords = "DELETE FROM traces_dataset_records WHERE namespace = @ns AND dataset_id = @id AND id IN @ids";

    private static readonly string[] DeleteAll =
    [
        "DELETE FROM traces_dataset_records WHERE namespace = @ns AND dataset_id = @id",
        "DELETE FROM traces_dataset_tags WHERE namespace = @ns AND dataset_id = @id",
        "DELETE FROM traces_dataset_experiments WHERE namespace = @ns AND dataset_id = @id",
        "DELETE FROM traces_datasets WHERE namespace = @ns AND id = @id",
    ];

    public static async Task<DatasetRow?> FindAsync(IReadSession session, string ns, string id) =>
        await session.QuerySingleOrDefaultAsync<DatasetRow>(SelectOne, new { ns, id }) is { } row ? (await WithTagsAsync(session, ns, [row]))[0] : null;

    public static Task PutAsync(IWriteSession session, string ns, DatasetRow d) => session.ExecuteAsync(
        Put, new { ns, d.Id, d.Name, d.Schema, d.Profile, d.Digest, d.Created, d.Updated, d.CreatedBy, d.UpdatedBy });

    public static Task PutTagsAsync(IWriteSession session, string ns, string id, IEnumerable<KeyValuePair<string, string>> tags) =>
        session.ExecuteAsync(PutTag, tags.Select(t => new { ns, id, key = t.Key, value = t.Value }).ToArray());

    public static Task DeleteTagAsync(IWriteSession session, string ns, string id, string key) => session.ExecuteAsync(DeleteTag, new { ns, id, key });

    public static Task AddExperimentsAsync(IWriteSession session, string ns, string id, IEnumerable<string> experiments) =>
        session.ExecuteAsync(AddExperiment, experiments.Select(experiment => new { ns, id, experiment }).ToArray());

    public static Task RemoveExperimentsAsync(IWriteSession session, string ns, string id, IEnumerable<string> experiments) =>
        session.ExecuteAsync(RemoveExperiment, experiments.Select(experiment => new { ns, id, experiment }).ToArray());

    public static Task<IReadOnlyList<string>> ExperimentsAsync(IReadSession session, string ns, string id) => session.QueryAsync<string>(SelectExperiments, new { ns, id });

    public static Task<RecordRow?> FindRecordAsync(IReadSession session, string ns, string id, string hash) =>
        session.QuerySingleOrDefaultAsync<RecordRow>(SelectRecord, new { ns, id, hash });

    public static Task PutRecordAsync(IWriteSession session, string ns, string datasetId, RecordRow r) => session.ExecuteAsync(
        PutRecord, new { ns, datasetId, r.Id, r.InputHash, r.Inputs, r.Outputs, r.Expectations, r.Tags, r.Source, r.Created, r.Updated, r.CreatedBy, r.UpdatedBy });

    /// <summary>In the order in which they came, from behind a place on.</summary>
    public static Task<IReadOnlyList<RecordRow>> RecordsAsync(IReadSession session, string ns, string id, long created, string after, int limit) =>
        session.QueryAsync<RecordRow>(SelectRecords, new { ns, id, created, after, limit });

    public static Task<long> CountAsync(IReadSession session, string ns, string id) => session.QuerySingleOrDefaultAsync<long>(CountRecords, new { ns, id });

    public static Task<int> DeleteRecordsAsync(IWriteSession session, string ns, string id, IReadOnlyList<string> ids) =>
        session.ExecuteAsync(DeleteRecords, new { ns, id, ids = ids.ToArray() });

    public static async Task DeleteAsync(IWriteSession session, string ns, string id)
    {
        foreach (var sql in DeleteAll)
        {
            await session.ExecuteAsync(sql, new { ns, id });
        }
    }

    public static async Task<IReadOnlyList<DatasetRow>> SearchAsync(
        IReadSession session, string ns, IReadOnlyList<string> experiments, SearchNode? filter, IReadOnlyList<OrderTerm> order, long offset, int limit)
    {
        var sql = new SearchSql(session.Dialect);
        var condition = Condition(sql, ns, filter);
        var of = experiments.Count == 0 ? "1 = 1"
            : $"EXISTS (SELECT 1 FROM traces_dataset_experiments e WHERE e.namespace = {sql.Add(ns)} AND e.dataset_id = d.id AND e.experiment_id IN {sql.Add(experiments.ToArray())})";
        var by = order.Count == 0 ? "d.created DESC" : string.Join(", ", order.Select(o => $"d.{ColumnOf(o.Key.Name)}{(o.Ascending ? "" : " DESC")}"));
        var rows = await session.QueryAsync<DatasetRow>(
            string.Create(CultureInfo.InvariantCulture, $"SELECT {Columns} FROM traces_datasets d WHERE d.namespace = {sql.Add(ns)} AND {condition} AND {of} ORDER BY {by}, d.id LIMIT {limit} OFFSET {offset}"),
            sql.Parameters);
        return await WithTagsAsync(session, ns, rows);
    }

    private static string Condition(SearchSql sql, string ns, SearchNode? node) => node switch
    {
        null => "1 = 1",
        AllOf all => "(" + string.Join(" AND ", all.Nodes.Select(n => Condition(sql, ns, n))) + ")",
        AnyOf any => "(" + string.Join(" OR ", any.Nodes.Select(n => Condition(sql, ns, n))) + ")",
        SearchClause { Key.Entity: not null } tag =>
            $"EXISTS (SELECT 1 FROM traces_dataset_tags p WHERE p.namespace = {sql.Add(ns)} AND p.dataset_id = d.id AND p.key = {sql.Add(tag.Key.Name)} AND {sql.Text("p.value", tag.Comparison, tag.Value)})",
        SearchClause { Key.Name: "created_time" or "last_update_time" } number => sql.Number("d." + ColumnOf(number.Key.Name), number.Comparison, number.Value.Number),
        SearchClause text => sql.Text("d." + ColumnOf(text.Key.Name), text.Comparison, text.Value),
        _ => throw new InvalidOperationException($"No SQL for {node}."),
    };

    private static string ColumnOf(string key) => key switch
    {
        "created_time" => "created",
        "last_update_time" => "updated",
        "last_updated_by" => "updated_by",
        _ => key,
    };

    private static async Task<IReadOnlyList<DatasetRow>> WithTagsAsync(IReadSession session, string ns, IReadOnlyList<DatasetRow> rows)
    {
        if (rows.Count == 0)
        {
            return rows;
        }

        var tags = (await session.QueryAsync<TagRow>(SelectTags, new { ns, ids = rows.Select(r => r.Id).ToArray() })).ToLookup(t => t.DatasetId, StringComparer.Ordinal);
        return [.. rows.Select(r => r with { Tags = tags[r.Id].OrderBy(t => t.Key, StringComparer.Ordinal).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal) })];
    }

    private sealed record TagRow(string DatasetId, string Key, string Value);
}
