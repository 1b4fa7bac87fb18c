using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Metrics;

/// <summary><c>GET metrics/get-history-bulk?run_id=&amp;run_id=&amp;metric_key=&amp;max_results=</c> -> {metrics with run_id}, by run, time, step and value.</summary>
internal static class ReadHistories
{
    private const int MostPoints = 25_000;
    private const int MostRuns = 100;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("GET", "2.0/mlflow/metrics/get-history-bulk", HandleAsync).RequirePermission("runs.read");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (ids, key) = (call.Fields.Texts("run_id"), call.Fields.Text("metric_key"));
        var limit = (int)Math.Clamp(call.Fields.Int64("max_results") ?? MostPoints, 0, MostPoints);
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (ids.Count == 0)
        {
            return Problem.Invalid("GetMetricHistoryBulk request must specify at least one run_id.");
        }

        if (ids.Count > MostRuns)
        {
            return Problem.Invalid(string.Create(
                CultureInfo.InvariantCulture, $"GetMetricHistoryBulk request cannot specify more than {MostRuns} run_ids. Received {ids.Count} run_ids."));
        }

        if (key is null)
        {
            return Problem.Invalid("GetMetricHistoryBulk request must specify a metric_key.");
        }

        return await call.Service<IDatabase>().ReadAsync<Result<MlflowReply>>(
            async (session, _) =>
            {
                var points = new List<(string RunId, PointRow Point)>();
                foreach (var id in ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                {
                    if (points.Count < limit && await MetricStore.FindSeriesAsync(session, call.Namespace, id, key) is { } series)
                    {
                        await MetricStore.PointsAsync(session, series, null, 0, limit - points.Count, p => points.Add((id, p)));
                    }
                }

                return Histories.Reply(key, points);
            },
            call.Cancellation);
    }
}

internal static class Histories
{
    /// <summary>MLflow's list of points that say whose they are.</summary>
    public static MlflowReply Reply(string key, IReadOnlyList<(string RunId, PointRow Point)> points) => MlflowReply.Object(writer =>
    {
        writer.WriteStartArray("metrics");
        foreach (var (runId, point) in points)
        {
            writer.WriteMetric(key, point, runId);
        }

        writer.WriteEndArray();
    });
}
