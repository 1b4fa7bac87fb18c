using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Domain;

namespace Slipway.Tracking.Metrics;

/// <summary>
/// <c>GET metrics/get-history-bulk-interval?run_ids=&amp;metric_key=&amp;start_step=&amp;end_step=&amp;max_results=</c>: the points of steps evenly spread over the
/// range, with the first and last of each run.
/// </summary>
internal static class ReadIntervals
{
    private const int MostRuns = 100;
    private const int MostSteps = 2_500;
    private const int MostPoints = 25_000;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("GET", "2.0/mlflow/metrics/get-history-bulk-interval", HandleAsync).RequirePermission("runs.read");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var ids = fields.Texts("run_ids");
        if (ids.Count == 0)
        {
            fields.RejectMissing("run_ids");
        }

        var (key, first, last, limit) = (fields.Required("metric_key"), fields.Int64("start_step"), fields.Int64("end_step"), fields.Int64("max_results") ?? MostSteps);
        if ((fields.Problem ?? Check(ids.Count, first, last, limit)) is { } bad)
        {
            return bad;
        }

        return await call.Service<IDatabase>().ReadAsync<Result<MlflowReply>>(
            async (session, _) =>
            {
                var runs = new List<(string Id, long Series, List<long> Steps)>();
                foreach (var id in ids)
                {
                    if (await MetricStore.FindSeriesAsync(session, call.Namespace, id, key) is { } series)
                    {
                        var steps = new List<long>();
                        await MetricStore.StepsAsync(session, series, steps.Add);
                        runs.Add((id, series, steps));
                    }
                }

                var chosen = StepSampling.Choose([.. runs.Select(r => r.Steps)], (int)limit, first, last);
                var points = new List<(string RunId, PointRow Point)>();
                foreach (var (id, series, _) in runs.Where(_ => chosen.Count > 0))
                {
                    var found = new List<PointRow>();
                    await MetricStore.RangeAsync(session, series, chosen.Min(), chosen.Max(), point =>
                    {
                        if (chosen.Contains(point.Step))
                        {
                            found.Add(point);
                        }
                    });
                    points.AddRange(found.OrderBy(p => p.Step).ThenBy(p => p.Time).ThenBy(p => p.Value).Take(MostPoints).Select(p => (id, p)));
                }

                return Histories.Reply(key, points);
            },
            call.Cancellation);
    }

    private static Problem? Check(int runs, long? first, long? last, long limit) => (first, last) switch
    {
        _ when runs > MostRuns => Problem.Invalid(string.Create(
            CultureInfo.InvariantCulture, $"GetMetricHistoryBulkInterval request must specify at most {MostRuns} run_ids. Received {runs} run_ids.")),
        _ when limit is < 1 or > MostSteps => Problem.Invalid(string.Create(CultureInfo.InvariantCulture, $"max_results must be between 1 and {MostSteps}.")),
        ({ } from, { } until) when from > until => Problem.Invalid(string.Create(
            CultureInfo.InvariantCulture, $"end_step must be greater than start_step. Found start_step={from} and end_step={until}.")),
        (null, not null) or (not null, null) => Problem.Invalid("If either start step or end step are specified, both must be specified."),
        _ => null,
    };
}
