using System.Globalization;
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

namespace Slipway.Tracking.Insight;

/// <summary>
/// <c>GET /runs/{id}/metric-chart?key=loss&amp;points=1000</c>: at most that many points that look like all of them. The curve is cut into parts of equal
/// length; of each part the lowest and the highest point stay, and the first and last of all.
/// </summary>
internal static class MetricChart
{
    private const int DefaultPoints = 1000;
    private const int MostPoints = 10_000;

    public static void Map(IEndpointRouteBuilder runs) => runs.MapGet("/{id}/metric-chart", HandleAsync).RequirePermission("runs.read");

    private static async Task<IResult> HandleAsync(
        string ns, string id, string? key, string? points, ChartCache charts, IDatabase database, CancellationToken cancellation)
    {
        var most = DefaultPoints;
        Fault?[] faults =
        [
            RunRules.Namespace(ns), RunRules.RunId(id), RunRules.Key("key", key ?? ""),
            points is null || (int.TryParse(points, NumberStyles.None, CultureInfo.InvariantCulture, out most) && most is >= 4 and <= MostPoints)
                ? null
                : new Fault("points", $"is not a number from 4 to {MostPoints}"),
        ];
        if (faults.Any(f => f is not null))
        {
            return Problem.Invalid([.. faults.OfType<Fault>()]).ToAnswer();
        }

        var series = await database.ReadAsync<long?>(
            async (session, _) => await RunStore.FindKeyAsync(session, ns, id) is null ? null : await MetricStore.FindSeriesAsync(session, ns, id, key!) ?? 0, cancellation);
        if (series is null)
        {
            return Problem.NotFound($"run {id} in namespace {ns}").ToAnswer();
        }

        var chosen = series == 0 ? [] : await charts.DrawAsync(database, series.Value, most, cancellation);
        return Results.Json(
            new MetricHistory(id, key!, [.. chosen.Select(p => new RunMetric(key!, p.Shown, p.Step, Micros.ToTime(p.Time)))]), TrackingJson.Default.MetricHistory);
    }
}
