using Slipway.Platform.Database;

namespace Slipway.Serving.Explanations;

/// <summary>A logged prediction as an explanation needs it.</summary>
internal sealed record LoggedInputs
{
    /// <summary>A JSON object: input name to value, or to a list.</summary>
    public string Inputs { get; init; } = "{}";

    public double? LabelNumber { get; init; }

    public string? LabelText { get; init; }
}

/// <summary>The newest rows of the prediction log: what a model is asked in real life.</summary>
internal sealed class ExplanationStore(IDatabase database)
{
    private const string Newest =
        """
        SELECT inputs FROM serving_predictions
        WHERE namespace = @ns AND service = @service AND served = 1 AND error IS NULL
        ORDER BY event_time DESC, id LIMIT @limit
        """;

    private const string NewestLabelled =
        """
        SELECT p.inputs, l.value_number AS label_number, l.value_text AS label_text
        FROM serving_predictions p
        JOIN serving_labels l ON l.namespace = p.namespace AND l.service = p.service AND l.id = p.id
        WHERE p.namespace = @ns AND p.service = @service AND p.served = 1 AND p.event_time >= @from AND p.event_time < @until
        ORDER BY p.event_time DESC, p.id LIMIT @limit
        """;

    /// <summary>Inputs of served predictions, newest first.</summary>
    public Task<IReadOnlyList<LoggedInputs>> NewestAsync(string ns, string service, int limit, CancellationToken cancellation) =>
        database.ReadAsync((session, _) => session.QueryAsync<LoggedInputs>(Newest, new { ns, service, limit }), cancellation);

    /// <summary>Inputs of served predictions whose truth is known, newest first, with from &lt;= event time &lt; until.</summary>
    public Task<IReadOnlyList<LoggedInputs>> NewestLabelledAsync(
        string ns, string service, DateTimeOffset from, DateTimeOffset until, int limit, CancellationToken cancellation) =>
        database.ReadAsync(
            (session, _) => session.QueryAsync<LoggedInputs>(NewestLabelled, new { ns, service, from = Micros.Of(from), until = Micros.Of(until), limit }), cancellation);
}
