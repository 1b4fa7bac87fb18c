using Slipway.Platform.Database;

namespace Slipway.Tracking.Stores;

/// <param name="Status">As MLflow writes it: LOGGED_MODEL_PENDING, LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED.</param>
internal sealed record ModelRow(
    long Number, string Namespace, string Id, long Experiment, string ExperimentId, string ArtifactLocation, string Name, string Status, string? StatusMessage,
    string Lifecycle, string ModelType, string SourceRunId, long Created, long Updated)
{
    public string ArtifactUri => Location.Of(ArtifactLocation, $"models/{Id}/artifacts");
}

/// <summary>A metric that was measured for a model, perhaps on a dataset; empty texts where none was named.</summary>
internal sealed record ModelMetricRow(PointRow Point, string RunId, string DatasetName, string DatasetDigest);

/// <summary>Logged models: what a run's training made, before (and whether or not) it is registered.</summary>
internal static class ModelStore
{
    private const string Select =
        """
        SELECT m.number, m.namespace, m.id, m.experiment, e.id AS experiment_id, e.artifact_location, m.name, m.status, m.status_message, m.lifecycle,
            m.model_type, m.source_run_id, m.created, m.updated
        FROM tracking_models m JOIN tracking_experiments e ON e.number = m.experiment
        """;

    private const string NextNumber = "SELECT COALESCE(MAX(number), 0) + 1 FROM tracking_models";

    private const string Insert =
        """
        INSERT INTO tracking_models
            (number, namespace, id, experiment, name, status, status_message, lifecycle, model_type, source_run_id, created, updated)
        VALUES (@number, @ns, @id, @experiment, @name, 'LOGGED_MODEL_PENDING', NULL, 'active', @modelType, @sourceRunId, @now, @now)
        """;

    private const string SelectOne = $"{Select} WHERE m.namespace = @ns AND m.id = @id";

    private const string SetStatus = "UPDATE tracking_models SET status = @status, status_message = @message, updated = @now WHERE number = @number";

    private const string SetLifecycle = "UPDATE tracking_models SET lifecycle = @lifecycle, updated = @now WHERE number = @number";

    private const string SetTag =
        "INSERT INTO tracking_model_tags (model, key, value) VALUES (@Model, @Key, @Value) ON CONFLICT (model, key) DO UPDATE SET value = excluded.value";

    private const string RemoveTag = "DELETE FROM tracking_model_tags WHERE model = @number AND key = @key";

    private const string AddParam = "INSERT INTO tracking_model_params (model, key, value) VALUES (@Model, @Key, @Value) ON CONFLICT DO NOTHING";

    private const string SelectParam = "SELECT value FROM tracking_model_params WHERE model = @number AND key = @key";

    private const string SelectTags = "SELECT model, key, value FROM tracking_model_tags WHERE ";

    private const string SelectParams = "SELECT model, key, value FROM tracking_model_params WHERE ";

    private const string AddMetric =
        """
        INSERT INTO tracking_model_metrics (model, key, time, step, run_id, dataset_name, dataset_digest, value, is_nan)
        VALUES (@Model, @Key, @Time, @Step, @RunId, @DatasetName, @DatasetDigest, @Value, @IsNan) ON CONFLICT DO NOTHING
        """;

    private const string SelectMetrics =
        "SELECT model, key, time, step, value, is_nan, run_id, dataset_name, dataset_digest FROM tracking_model_metrics WHERE ";

    public static async Task<long> AddAsync(
        IWriteSession session, ExperimentRow experiment, string id, string name, string modelType, string sourceRunId, long now)
    {
        var number = await session.QuerySingleOrDefaultAsync<long>(NextNumber);
        await session.ExecuteAsync(
            Insert, new { number, ns = experiment.Namespace, id, experiment = experiment.Number, name, modelType, sourceRunId, now });
        return number;
    }

    /// <summary>Deleted ones too; see the row's lifecycle.</summary>
    public static Task<ModelRow?> FindAsync(IReadSession session, string ns, string id) =>
        session.QuerySingleOrDefaultAsync<ModelRow>(SelectOne, new { ns, id });

    public static Task SetStatusAsync(IWriteSession session, long number, string status, string? message, long now) =>
        session.ExecuteAsync(SetStatus, new { number, status, message, now });

    public static Task SetLifecycleAsync(IWriteSession session, long number, string lifecycle, long now) =>
        session.ExecuteAsync(SetLifecycle, new { number, lifecycle, now });

    public static Task SetTagsAsync(IWriteSession session, long number, IEnumerable<KeyValuePair<string, string>> tags) =>
        session.ExecuteAsync(SetTag, tags.Select(t => new { Model = number, t.Key, t.Value }).ToArray());

    public static async Task<bool> RemoveTagAsync(IWriteSession session, long number, string key) =>
        await session.ExecuteAsync(RemoveTag, new { number, key }) > 0;

    public static Task AddParamsAsync(IWriteSession session, long number, IEnumerable<KeyValuePair<string, string>> values) =>
        session.ExecuteAsync(AddParam, values.Select(p => new { Model = number, p.Key, p.Value }).ToArray());

    public static Task<string?> FindParamAsync(IReadSession session, long number, string key) =>
        session.QuerySingleOrDefaultAsync<string>(SelectParam, new { number, key });

    public static Task AddMetricsAsync(IWriteSession session, long number, IEnumerable<ModelMetricRow> metrics) => session.ExecuteAsync(
        AddMetric,
        metrics.Select(m => new
        {
            Model = number, m.Point.Key, m.Point.Time, m.Point.Step, m.RunId, m.DatasetName, m.DatasetDigest, m.Point.Value, m.Point.IsNan,
        }).ToArray());

    public static async Task<ModelParts> PartsAsync(IReadSession session, long[] models)
    {
        var (inModels, parameters) = (session.Dialect.In("model", "@models"), new { models = session.Dialect.List(models) });
        var (tags, values) = (new List<(long Model, KeyValuePair<string, string> Pair)>(), new List<(long Model, KeyValuePair<string, string> Pair)>());
        var metrics = new List<(long Model, ModelMetricRow Metric)>();
        await session.ScanAsync($"{SelectTags}{inModels} ORDER BY key", parameters, r => tags.Add((r.GetInt64(0), new(r.GetString(1), r.GetString(2)))));
        await session.ScanAsync($"{SelectParams}{inModels} ORDER BY key", parameters, r => values.Add((r.GetInt64(0), new(r.GetString(1), r.GetString(2)))));
        await session.ScanAsync($"{SelectMetrics}{inModels} ORDER BY key, time, step", parameters, r => metrics.Add((r.GetInt64(0), new ModelMetricRow(
            new PointRow(r.GetString(1), r.GetInt64(2), r.GetInt64(3), r.GetDouble(4), r.GetInt64(5) != 0), r.GetString(6), r.GetString(7), r.GetString(8)))));
        return new ModelParts(tags.ToLookup(t => t.Model, t => t.Pair), values.ToLookup(t => t.Model, t => t.Pair), metrics.ToLookup(t => t.Model, t => t.Metric));
    }

    public static Task<IReadOnlyList<ModelRow>> SearchAsync(
        IReadSession session, string joins, string condition, string order, Dictionary<string, object?> parameters, int limit, long offset)
    {
        (parameters["limit"], parameters["offset"]) = ((long)limit, offset);
        return session.QueryAsync<ModelRow>($"{Select} {joins} WHERE {condition} ORDER BY {order} LIMIT @limit OFFSET @offset", parameters);
    }
}

internal sealed record ModelParts(
    ILookup<long, KeyValuePair<string, string>> Tags, ILookup<long, KeyValuePair<string, string>> Params, ILookup<long, ModelMetricRow> Metrics);
