using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Runs;

/// <summary><c>GET /runs/{id}/metric-history?key=loss</c>: every point of one metric (the first 25,000), by time, then step.</summary>
internal static class GetMetricHistory
{
    private const int MostPoints = 25_000;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{id}/metric-history", HandleAsync).RequirePermission("runs.read");

    private static async Task<IResult> HandleAsync(string ns, string id, string? key, IDatabase database, CancellationToken cancellation)
    {
        if (RunRules.Check(ns, id) is { } bad)
        {
            return bad.ToAnswer();
        }

        if (RunRules.Key("key", key ?? "") is { } fault)
        {
            return Problem.Invalid([fault]).ToAnswer();
        }

        var points = await database.ReadAsync((session, _) => FindAsync(session, ns, id, key!), cancellation);
        return points is null
            ? Problem.NotFound($"run {id} in namespace {ns}").ToAnswer()
            : Results.Json(new MetricHistory(id, key!, points), TrackingJson.Default.MetricHistory);
    }

    private static async Task<IReadOnlyList<RunMetric>?> FindAsync(IReadSession session, string ns, string id, string key)
    {
        if (await RunStore.FindKeyAsync(session, ns, id) is null)
        {
            return null;
        }

        var points = new List<RunMetric>();
        if (await MetricStore.FindSeriesAsync(session, ns, id, key) is { } series)
        {
            await MetricStore.PointsAsync(session, series, null, 0, MostPoints, p => points.Add(new RunMetric(key, p.Shown, p.Step, Micros.ToTime(p.Time))));
        }

        return points;
    }
}
