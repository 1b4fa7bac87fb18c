using Slipway.Kernel.Problems;
using Slipway.Platform.Database;

namespace Slipway.Serving.Predictions;

/// <summary>Predictions as they are kept: what was answered or computed beside it, by id and model version.</summary>
internal sealed class PredictionStore(IDatabase database)
{
    /// <summary>
    /// A row that is there stays, unless it is a failure and this one is an answer. An id has one served answer at most: when it comes again after
    /// a rollout and another version answers, that one is kept as computed for comparison.
    /// </summary>
    private const string Insert =
        """
        INSERT INTO serving_predictions
          (namespace, service, id, model_version, event_time, served, inputs, prediction_number, prediction_text, probabilities, latency_micros, error)
        VALUES
          (@Namespace, @Service, @Id, @ModelVersion, @EventTime,
           CASE WHEN @Served = 1 AND NOT EXISTS (
             SELECT 1 FROM serving_predictions s WHERE s.namespace = @Namespace AND s.service = @Service AND s.id = @Id AND s.served = 1)
           THEN 1 ELSE 0 END,
           @Inputs, @PredictionNumber, @PredictionText, @Probabilities, @LatencyMicros, @Error)
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

    public Task<Result<int>> AppendAsync(IReadOnlyList<PredictionRow> rows, CancellationToken cancellation) =>
        database.WriteAsync<int>(async (session, _) => await session.ExecuteAsync(Insert, rows), cancellation);

    /// <summary>Rows with their labels, in order of event time, then id, then version.</summary>
    public Task<IReadOnlyList<PredictionRow>> ReadAsync(string ns, string service, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) =>
        database.ReadAsync(
            (session, _) => session.QueryAsync<PredictionRow>(Between, new { ns, service, from = Micros.Of(from), until = Micros.Of(until) }), cancellation);

    public async Task<PredictionSummary> SummarizeAsync(string ns, string service, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation) =>
        await database.ReadAsync(
            (session, _) => session.QuerySingleOrDefaultAsync<PredictionSummary>(Summary, new { ns, service, from = Micros.Of(from), until = Micros.Of(until) }),
            cancellation) ?? new PredictionSummary();
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
