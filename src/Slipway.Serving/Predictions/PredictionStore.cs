using Slipway.Kernel.Problems;
using Slipway.Platform.Database;

namespace Slipway.Serving.Predictions;

/// <summary>Predictions as they are kept: what was answered or computed beside it, by id and model version.</summary>
internal sealed class PredictionStore(IDatabase database)
{
    /// <summary>An id has one served answer at most: when it comes again after a rollout and another version answers, that one is kept as computed for comparison.</summary>
    private const string ServedOnce =
        """
        CASE WHEN {served} = 1 AND NOT EXISTS (
          SELECT 1 FROM serving_predictions s WHERE s.namespace = {namespace} AND s.service = {service} AND s.id = {id} AND s.served = 1)
        THEN 1 ELSE 0 END
        """;

    /// <summary>A row that is there stays, unless it is a failure and this one is an answer.</summary>
    private const string FirstAnswerStands =
        """
        ON CONFLICT (namespace, service, id, model_version) DO UPDATE SET
          served = excluded.served, prediction_number = excluded.prediction_number, prediction_text = excluded.prediction_text,
          probabilities = excluded.probabilities, latency_micros = excluded.latency_micros, error = NULL
        WHERE serving_predictions.error IS NOT NULL AND excluded.error IS NULL
        """;

    private const string Between =
        """
        SELECT p.id, p.model_version, p.event_time, p.served, p.inputs, p.prediction_number, p.prediction_text, p.probabilities,
               l.value_number AS label_number, l.value_text AS label_text
        FROM serving_predictions p
        LEFT JOIN serving_labels l ON l.namespace = p.namespace AND l.service = p.service AND l.id = p.id
        WHERE p.namespace = @ns AND p.service = @service AND p.event_time >= @from AND p.event_time < @until
        ORDER BY p.event_time, p.id, p.model_version
        """;

    private const string Summary =
        """
        SELECT COALESCE(SUM(p.served), 0) AS served,
               COALESCE(SUM(CASE WHEN p.served = 0 AND p.error IS NULL THEN 1 ELSE 0 END), 0) AS mirrored,
               COALESCE(SUM(CASE WHEN p.served = 1 AND l.id IS NOT NULL THEN 1 ELSE 0 END), 0) AS labelled,
               COALESCE(SUM(CASE WHEN p.error IS NOT NULL THEN 1 ELSE 0 END), 0) AS failed
        FROM serving_predictions p
        LEFT JOIN serving_labels l ON l.namespace = p.namespace AND l.service = p.service AND l.id = p.id
        WHERE p.namespace = @ns AND p.service = @service AND p.event_time >= @from AND p.event_time < @until
        """;

    /// <summary>Appends in order, all or nothing; gives how many rows were new or took a failure's place.</summary>
    public Task<Result<int>> AppendAsync(IReadOnlyList<PredictionRow> rows, CancellationToken cancellation) =>
        database.WriteAsync<int>(
            async (session, _) =>
            {
                var kept = 0;
                foreach (var round in session.Dialect.Engine == DatabaseEngine.Sqlite ? [rows] : Rounds(rows))
                {
                    kept += await session.InsertRowsAsync(InsertOf(round));
                }

                return kept;
            },
            cancellation);

    /// <summary>Rows with their labels, in order of event time, then id, then version.</summary>
    public Task<IReadOnlyList<PredictionRow>> ReadAsync(string ns, string service, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) =>
        database.ReadAsync(
            (session, _) => session.QueryAsync<PredictionRow>(Between, new { ns, service, from = Micros.Of(from), until = Micros.Of(until) }), cancellation);

    public async Task<PredictionSummary> SummarizeAsync(string ns, string service, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) =>
        await database.ReadAsync(
            (session, _) => session.QuerySingleOrDefaultAsync<PredictionSummary>(Summary, new { ns, service, from = Micros.Of(from), until = Micros.Of(until) }),
            cancellation) ?? new PredictionSummary();

    /// <summary>PostgreSQL runs one statement for many rows, which may not meet one another in it: rows of the same id go into rounds, one after the other.</summary>
    internal static IReadOnlyList<IReadOnlyList<PredictionRow>> Rounds(IReadOnlyList<PredictionRow> rows)
    {
        var seen = new Dictionary<(string, string, string), int>(rows.Count);
        var rounds = new List<List<PredictionRow>>();
        foreach (var row in rows)
        {
            var key = (row.Namespace, row.Service, row.Id);
            var round = seen.GetValueOrDefault(key);
            seen[key] = round + 1;
            if (round == rounds.Count)
            {
                rounds.Add([]);
            }

            rounds[round].Add(row);
        }

        return rounds;
    }

    private static RowInsert InsertOf(IReadOnlyList<PredictionRow> rows) => new(
        "serving_predictions", FirstAnswerStands,
        new RowColumn("namespace", Of(rows, static r => r.Namespace)),
        new RowColumn("service", Of(rows, static r => r.Service)),
        new RowColumn("id", Of(rows, static r => r.Id)),
        new RowColumn("model_version", Of(rows, static r => r.ModelVersion)),
        new RowColumn("event_time", Of(rows, static r => r.EventTime)),
        new RowColumn("served", Of(rows, static r => r.Served), ServedOnce),
        new RowColumn("inputs", Of(rows, static r => r.Inputs)),
        new RowColumn("prediction_number", Of(rows, static r => r.PredictionNumber)),
        new RowColumn("prediction_text", Of(rows, static r => r.PredictionText)),
        new RowColumn("probabilities", Of(rows, static r => r.Probabilities)),
        new RowColumn("latency_micros", Of(rows, static r => r.LatencyMicros)),
        new RowColumn("error", Of(rows, static r => r.Error)));

    private static T[] Of<T>(IReadOnlyList<PredictionRow> rows, Func<PredictionRow, T> column)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = column(rows[i]);
        }

        return values;
    }
}

/// <summary>How much of a stretch of event time is on disk.</summary>
internal sealed record PredictionSummary
{
    public long Served { get; init; }

    public long Mirrored { get; init; }

    /// <summary>Served predictions whose label is known.</summary>
    public long Labelled { get; init; }

    /// <summary>Runs on which a model failed.</summary>
    public long Failed { get; init; }
}
