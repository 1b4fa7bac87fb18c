using Slipway.Contracts.Serving.Ports;
using Slipway.Platform.Database;

namespace Slipway.Serving.Feedback;

/// <inheritdoc cref="ICallCounts"/>
internal sealed class CallCountStore(IDatabase database) : ICallCounts
{
    // Days are counted from 1970, in whole days of microseconds.
    private const string Count =
        """
        SELECT service, model_version, event_time / 86400000000 AS day, COUNT(*) AS count FROM serving_predictions
        WHERE namespace = @ns AND event_time >= @since AND served = 1 AND error IS NULL AND service IN @services
        GROUP BY service, model_version, event_time / 86400000000 ORDER BY service, day, model_version
        """;

    private static readonly DateOnly Epoch = new(1970, 1, 1);

    public async Task<IReadOnlyList<CallsOfDay>> ByDayAsync(string ns, IReadOnlyList<string> services, DateTimeOffset since, CancellationToken cancellation)
    {
        var rows = services.Count == 0
            ? []
            : await database.ReadAsync((session, _) => session.QueryAsync<Row>(Count, new { ns, since, services = services.ToArray() }), cancellation);
        return [.. rows.Select(r => new CallsOfDay(r.Service, (int)r.ModelVersion, Epoch.AddDays((int)r.Day), r.Count))];
    }

    private sealed record Row(string Service, long ModelVersion, long Day, long Count);
}
