using Slipway.Platform.Database;

namespace Slipway.Tracking.Stores;

/// <summary>What a run read (datasets, models) and made (models).</summary>
internal static class InputStore
{
    private const string SelectDataset = "SELECT number FROM tracking_datasets WHERE experiment = @experiment AND name = @Name AND digest = @Digest";

    private const string NextDataset = "SELECT COALESCE(MAX(number), 0) + 1 FROM tracking_datasets";

    private const string AddDataset =
        """
        INSERT INTO tracking_datasets (number, experiment, name, digest, source_type, source, schema_text, profile)
        VALUES (@number, @experiment, @Name, @Digest, @SourceType, @Source, @Schema, @Profile)
        """;

    private const string AddInput = "INSERT INTO tracking_inputs (run, dataset) VALUES (@run, @dataset) ON CONFLICT DO NOTHING";

    private const string AddInputTag =
        "INSERT INTO tracking_input_tags (run, dataset, key, value) VALUES (@Run, @Dataset, @Key, @Value) ON CONFLICT DO NOTHING";

    private const string AddModelInput = "INSERT INTO tracking_model_inputs (run, model_id) VALUES (@Run, @Model) ON CONFLICT DO NOTHING";

    private const string AddModelOutput = "INSERT INTO tracking_model_outputs (run, model_id, step) VALUES (@Run, @Model, @Step) ON CONFLICT DO NOTHING";

    private const string SelectDatasets =
        """
        SELECT i.run, d.number, d.name, d.digest, d.source_type, d.source, d.schema_text, d.profile
        FROM tracking_inputs i JOIN tracking_datasets d ON d.number = i.dataset WHERE
        """;

    private const string SelectInputTags = "SELECT run, dataset, key, value FROM tracking_input_tags WHERE ";

    // MLflow's own limit, and its key of the tag that says what a dataset was used for.
    private const string SelectSummaries =
        """
        SELECT DISTINCT e.id AS experiment_id, d.name, d.digest, t.value AS context
        FROM tracking_datasets d
        JOIN tracking_experiments e ON e.number = d.experiment
        JOIN tracking_inputs i ON i.dataset = d.number
        LEFT JOIN tracking_input_tags t ON t.run = i.run AND t.dataset = i.dataset AND t.key = 'mlflow.data.context'
        WHERE e.namespace = @ns AND
        """;

    public static async Task AddDatasetAsync(
        IWriteSession session, long run, long experiment, DatasetRow dataset, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        var number = await session.QuerySingleOrDefaultAsync<long?>(SelectDataset, new { experiment, dataset.Name, dataset.Digest });
        if (number is null)
        {
            number = await session.QuerySingleOrDefaultAsync<long>(NextDataset);
            await session.ExecuteAsync(
                AddDataset, new { number, experiment, dataset.Name, dataset.Digest, dataset.SourceType, dataset.Source, dataset.Schema, dataset.Profile });
        }

        // Logged again, the input stays as it is.
        if (await session.ExecuteAsync(AddInput, new { run, dataset = number }) == 1)
        {
            await session.ExecuteAsync(AddInputTag, tags.Select(t => new { Run = run, Dataset = number, t.Key, t.Value }).ToArray());
        }
    }

    public static Task AddModelInputsAsync(IWriteSession session, long run, IEnumerable<string> models) =>
        session.ExecuteAsync(AddModelInput, models.Select(m => new { Run = run, Model = m }).ToArray());

    public static Task AddModelOutputsAsync(IWriteSession session, long run, IEnumerable<ModelOutputRow> models) =>
        session.ExecuteAsync(AddModelOutput, models.Select(m => new { Run = run, Model = m.ModelId, m.Step }).ToArray());

    /// <summary>The datasets that the runs read, with what each use was tagged with.</summary>
    public static async Task<RunDatasets> DatasetsAsync(IReadSession session, long[] runs)
    {
        var (dialect, parameters) = (session.Dialect, new { runs = session.Dialect.List(runs) });
        var datasets = new List<(long Run, DatasetRow Dataset)>();
        var tags = new List<((long Run, long Dataset) Input, KeyValuePair<string, string> Tag)>();
        await session.ScanAsync($"{SelectDatasets} {dialect.In("i.run", "@runs")} ORDER BY i.run, d.number", parameters, row => datasets.Add((row.GetInt64(0), new DatasetRow(
            row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
            row.IsDBNull(6) ? null : row.GetString(6), row.IsDBNull(7) ? null : row.GetString(7)))));
        await session.ScanAsync($"{SelectInputTags} {dialect.In("run", "@runs")} ORDER BY run, dataset, key", parameters, row => tags.Add(
            ((row.GetInt64(0), row.GetInt64(1)), new(row.GetString(2), row.GetString(3)))));
        return new RunDatasets(datasets.ToLookup(d => d.Run, d => d.Dataset), tags.ToLookup(t => t.Input, t => t.Tag));
    }

    public static Task<IReadOnlyList<DatasetSummaryRow>> SummariesAsync(IReadSession session, string ns, IReadOnlyList<string> experiments) =>
        session.QueryAsync<DatasetSummaryRow>(
            $"{SelectSummaries} {session.Dialect.In("e.id", "@ids")} ORDER BY d.name, d.digest LIMIT 1000", new { ns, ids = session.Dialect.List([.. experiments]) });
}

internal sealed record ModelOutputRow(string ModelId, long Step);

internal sealed record DatasetSummaryRow(string ExperimentId, string Name, string Digest, string? Context);

internal sealed record RunDatasets(ILookup<long, DatasetRow> Datasets, ILookup<(long Run, long Dataset), KeyValuePair<string, string>> Tags)
{
    public static RunDatasets None { get; } = new(
        Array.Empty<DatasetRow>().ToLookup(_ => 0L), Array.Empty<KeyValuePair<string, string>>().ToLookup(_ => (0L, 0L)));
}
