using Slipway.Platform.Database;

namespace Slipway.Serving.PayloadReading;

/// <summary>Labels as payloads are joined with them.</summary>
internal sealed class LabelStore(IDatabase database)
{
    public const int PageSize = 10_000;

    private const string After =
        """
        SELECT id, value_number AS number, value_text AS text FROM serving_labels
        WHERE namespace = @ns AND service = @service AND id > @after AND received >= @since
        ORDER BY id LIMIT @limit
        """;

    /// <summary>The next page in order of ids. A label cannot have come before its request.</summary>
    public Task<IReadOnlyList<Label>> PageAsync(string ns, string service, string after, DateTimeOffset since, CancellationToken cancellation) =>
        database.ReadAsync(
            (session, _) => session.QueryAsync<Label>(After, new { ns, service, after, since = Micros.Of(since), limit = PageSize }), cancellation);
}

internal sealed record Label
{
    public string Id { get; init; } = "";

    public double? Number { get; init; }

    public string? Text { get; init; }
}
