using Slipway.Platform.Database;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Storage;

/// <summary>Traces with their tags, metadata, metrics and links. Every method works inside the caller's session.</summary>
internal static class TraceStore
{
    private const string Columns =
        "id, experiment_id, client_request_id, request_time, duration, state, request_preview, response_preview, usage_given";

    private const string SelectOne = $"SELECT {Columns} FROM traces_infos WHERE namespace = @ns AND id = @id";

    private const string SelectMany = $"SELECT {Columns} FROM traces_infos WHERE namespace = @ns AND id IN @ids";

    private const string Put =
        """
        INSERT INTO traces_infos
            (namespace, id, experiment_id, client_request_id, request_time, duration, state, request_preview, response_preview, usage_given)
        VALUES (@ns, @Id, @ExperimentId, @ClientRequestId, @RequestTime, @Duration, @State, @RequestPreview, @ResponsePreview, @UsageGiven)
        ON CONFLICT (namespace, id) DO UPDATE SET
            experiment_id = excluded.experiment_id, client_request_id = excluded.client_request_id, request_time = excluded.request_time,
            duration = excluded.duration, state = excluded.state, request_preview = excluded.request_preview,
            response_preview = excluded.response_preview, usage_given = excluded.usage_given
        """;

    private const string PutTag =
        """
        INSERT INTO traces_tags (namespace, trace_id, key, value) VALUES (@ns, @id, @key, @value)
        ON CONFLICT (namespace, trace_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string DeleteTag = "DELETE FROM traces_tags WHERE namespace = @ns AND trace_id = @id AND key = @key";

    private const string PutMetadata =
        """
        INSERT INTO traces_metadata (namespace, trace_id, key, value) VALUES (@ns, @id, @key, @value)
        ON CONFLICT (namespace, trace_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string PutMetric =
        """
        INSERT INTO traces_metrics (namespace, trace_id, key, value) VALUES (@ns, @id, @key, @value)
        ON CONFLICT (namespace, trace_id, key) DO UPDATE SET value = excluded.value
        """;

    private const string AddLink =
        "INSERT INTO traces_links (namespace, trace_id, kind, target) VALUES (@ns, @id, @kind, @target) ON CONFLICT (namespace, trace_id, kind, target) DO NOTHING";

    private const string SelectTags = "SELECT trace_id, key, value FROM traces_tags WHERE namespace = @ns AND trace_id IN @ids ORDER BY key";

    private const string SelectMetadata = "SELECT trace_id, key, value FROM traces_metadata WHERE namespace = @ns AND trace_id IN @ids ORDER BY key";

    private const string SelectOldest =
        """
        SELECT id FROM traces_infos WHERE namespace = @ns AND experiment_id = @experimentId AND request_time <= @until
        ORDER BY request_time, id LIMIT @limit
        """;

    private const string SelectOfExperiment = "SELECT id FROM traces_infos WHERE namespace = @ns AND experiment_id = @experimentId AND id IN @ids";

    private static readonly string[] DeleteAll =
    [
        "DELETE FROM traces_infos WHERE namespace = @ns AND id IN @ids",
        "DELETE FROM traces_tags WHERE namespace = @ns AND trace_id IN @ids",
        "DELETE FROM traces_metadata WHERE namespace = @ns AND trace_id IN @ids",
        "DELETE FROM traces_metrics WHERE namespace = @ns AND trace_id IN @ids",
        "DELETE FROM traces_spans WHERE namespace = @ns AND trace_id IN @ids",
        "DELETE FROM traces_span_metrics WHERE namespace = @ns AND trace_id IN @ids",
        "DELETE FROM traces_span_attributes WHERE namespace = @ns AND trace_id IN @ids",
        "DELETE FROM traces_assessments WHERE namespace = @ns AND trace_id IN @ids",
        "DELETE FROM traces_links WHERE namespace = @ns AND trace_id IN @ids",
    ];

    /// <summary>The trace's own row, without tags and the like.</summary>
    public static async Task<TraceInfo?> FindRowAsync(IReadSession session, string ns, string id) =>
        (await session.QuerySingleOrDefaultAsync<InfoRow>(SelectOne, new { ns, id }))?.ToInfo();

    /// <summary>Whole infos in the order of <paramref name="ids"/>; those that are not there are left out.</summary>
    public static async Task<IReadOnlyList<TraceInfo>> LoadAsync(IReadSession session, string ns, IReadOnlyList<string> ids)
    {
        if (ids.Count == 0)
        {
            return [];
        }

        var parameters = new { ns, ids = ids.ToArray() };
        var rows = (await session.QueryAsync<InfoRow>(SelectMany, parameters)).ToDictionary(r => r.Id, StringComparer.Ordinal);
        var tags = ToMaps(await session.QueryAsync<PairRow>(SelectTags, parameters));
        var metadata = ToMaps(await session.QueryAsync<PairRow>(SelectMetadata, parameters));
        var assessments = (await AssessmentStore.OfTracesAsync(session, ns, ids)).ToLookup(a => a.TraceId, StringComparer.Ordinal);
        return
        [
            .. ids.Distinct(StringComparer.Ordinal).Where(rows.ContainsKey).Select(id => rows[id].ToInfo() with
            {
                Tags = tags.GetValueOrDefault(id, []), Metadata = metadata.GetValueOrDefault(id, []), Assessments = [.. assessments[id]],
            }),
        ];
    }

    public static async Task<TraceInfo?> FindAsync(IReadSession session, string ns, string id) => (await LoadAsync(session, ns, [id])).FirstOrDefault();

    public static Task PutRowAsync(IWriteSession session, string ns, TraceInfo info) => session.ExecuteAsync(
        Put,
        new
        {
            ns, info.Id, info.ExperimentId, info.ClientRequestId, info.RequestTime, info.Duration, info.State, info.RequestPreview, info.ResponsePreview, info.UsageGiven,
        });

    public static Task PutTagsAsync(IWriteSession session, string ns, string id, IEnumerable<KeyValuePair<string, string>> tags) =>
        session.ExecuteAsync(PutTag, tags.Select(t => new { ns, id, key = t.Key, value = t.Value }).ToArray());

    public static async Task<bool> DeleteTagAsync(IWriteSession session, string ns, string id, string key) =>
        await session.ExecuteAsync(DeleteTag, new { ns, id, key }) > 0;

    public static Task PutMetadataAsync(IWriteSession session, string ns, string id, IEnumerable<KeyValuePair<string, string>> values) =>
        session.ExecuteAsync(PutMetadata, values.Select(v => new { ns, id, key = v.Key, value = v.Value }).ToArray());

    public static Task PutMetricsAsync(IWriteSession session, string ns, string id, IEnumerable<KeyValuePair<string, double>> values) =>
        session.ExecuteAsync(PutMetric, values.Select(v => new { ns, id, key = v.Key, value = v.Value }).ToArray());

    /// <param name="kind"><c>run</c> or <c>prompt</c>.</param>
    public static Task LinkAsync(IWriteSession session, string ns, string kind, IEnumerable<(string Id, string Target)> links) =>
        session.ExecuteAsync(AddLink, links.Select(l => new { ns, id = l.Id, kind, target = l.Target }).ToArray());

    /// <summary>The oldest up to a time (milliseconds), at most so many.</summary>
    public static Task<IReadOnlyList<string>> OldestAsync(IReadSession session, string ns, string experimentId, long until, long limit) =>
        session.QueryAsync<string>(SelectOldest, new { ns, experimentId, until, limit });

    /// <summary>Those of the ids that are traces of the experiment.</summary>
    public static Task<IReadOnlyList<string>> OfExperimentAsync(IReadSession session, string ns, string experimentId, IReadOnlyList<string> ids) =>
        session.QueryAsync<string>(SelectOfExperiment, new { ns, experimentId, ids = ids.ToArray() });

    /// <summary>Deletes the traces with everything that hangs on them.</summary>
    public static async Task DeleteAsync(IWriteSession session, string ns, IReadOnlyList<string> ids)
    {
        foreach (var part in ids.Chunk(500))
        {
            foreach (var sql in DeleteAll)
            {
                await session.ExecuteAsync(sql, new { ns, ids = part });
            }
        }
    }

    private static Dictionary<string, Dictionary<string, string>> ToMaps(IReadOnlyList<PairRow> rows) => rows.GroupBy(r => r.TraceId, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.ToDictionary(r => r.Key, r => r.Value, StringComparer.Ordinal), StringComparer.Ordinal);

    private sealed record PairRow(string TraceId, string Key, string Value);

    private sealed class InfoRow
    {
        public string Id { get; init; } = "";

        public string ExperimentId { get; init; } = "";

        public string? ClientRequestId { get; init; }

        public long RequestTime { get; init; }

        public long? Duration { get; init; }

        public string State { get; init; } = "";

        public string? RequestPreview { get; init; }

        public string? ResponsePreview { get; init; }

        public bool UsageGiven { get; init; }

        public TraceInfo ToInfo() => new()
        {
            Id = Id,
            ExperimentId = ExperimentId,
            ClientRequestId = ClientRequestId,
            RequestTime = RequestTime,
            Duration = Duration,
            State = State,
            RequestPreview = RequestPreview,
            ResponsePreview = ResponsePreview,
            UsageGiven = UsageGiven,
        };
    }
}
