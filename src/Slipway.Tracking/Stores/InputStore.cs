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

    private const string SelectModelInputs = "SELECT run, model_id FROM tracking_model_inputs WHERE ";

    private const string SelectModelOutputs = "SELECT run, model_id, step FROM tracking_model_outputs WHERE ";

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

    public static async Task<RunLinks> LinksAsync(IReadSession session, long[] runs)
    {
        var (dialect, parameters) = (session.Dialect, new { runs = session.Dialect.List(runs) });
        var datasets = new List<(long Run, DatasetRow Dataset)>();
        var tags = new List<((long Run, long Dataset) Input, KeyValuePair<string, string> Tag)>();
        var (inputs, outputs) = (new List<(long Run, string Model)>(), new List<(long Run, ModelOutputRow Model)>());
        var any = await session.ScanAsync($"{SelectDatasets} {dialect.In("i.run", "@runs")} ORDER BY i.run, d.number", parameters, row => datasets.Add((row.GetInt64(0), new DatasetRow(
            row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5),
            row.IsDBNull(6) ? null : row.GetString(6), row.IsDBNull(7) ? null : row.GetString(7)))));
        if (any > 0)
        {
            await session.ScanAsync($"{SelectInputTags} {dialect.In("run", "@runs")} ORDER BY run, dataset, key", parameters, row => tags.Add(
                ((row.GetInt64(0), row.GetInt64(1)), new(row.GetString(2), row.GetString(3)))));
        }

        await session.ScanAsync($"{SelectModelInputs} {dialect.In("run", "@runs")}", parameters, row => inputs.Add((row.GetInt64(0), row.GetString(1))));
        await session.ScanAsync(
            $"{SelectModelOutputs} {dialect.In("run", "@runs")} ORDER BY run, step", parameters,
            row => outputs.Add((row.GetInt64(0), new ModelOutputRow(row.GetString(1), row.GetInt64(2)))));
        return new RunLinks(
            datasets.ToLookup(d => d.Run, d => d.Dataset), tags.ToLookup(t => t.Input, t => t.Tag), inputs.ToLookup(i => i.Run, i => i.Model),
            outputs.ToLookup(o => o.Run, o => o.Model));
    }

    public static Task<IReadOnlyList<DatasetSummaryRow>> SummariesAsync(IReadSession session, string ns, IReadOnlyList<string> experiments) =>
        session.QueryAsync<DatasetSummaryRow>(
            $"{SelectSummaries} {session.Dialect.In("e.id", "@ids")} ORDER BY d.name, d.digest LIMIT 1000", new { ns, ids = session.Dialect.List([.. experiments]) });
}

internal sealed record ModelOutputRow(string ModelId, long Step);

internal sealed record DatasetSummaryRow(string ExperimentId, string Name, string Digest, string? Context);

/// <summary>Inputs and outputs of some runs, by the run's number.</summary>
internal sealed record RunLinks(
    ILookup<long, DatasetRow> Datasets, ILookup<(long Run, long Dataset), KeyValuePair<string, string>> DatasetTags, ILookup<long, string> ModelInputs,
    ILookup<long, ModelOutputRow> ModelOutputs)
{
    public static RunLinks None { get; } = new(
        Array.Empty<DatasetRow>().ToLookup(_ => 0L), Array.Empty<KeyValuePair<string, string>>().ToLookup(_ => (0L, 0L)), Array.Empty<string>().ToLookup(_ => 0L),
        Array.Empty<ModelOutputRow>().ToLookup(_ => 0L));
}
