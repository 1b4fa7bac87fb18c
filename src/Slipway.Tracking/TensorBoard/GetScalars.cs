using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Domain.TensorBoard;

namespace Slipway.Tracking.TensorBoard;

/// <summary>
/// <c>GET /runs/{id}/tensorboard</c>: the metrics in the event files among a run's artifacts, each with its last point; <c>GET /runs/{id}/tensorboard/scalars?metric=NAME</c>:
/// the points of one, in the form of a metric's history. A metric is named by its tag, with the file's folder before it.
/// </summary>
internal static class GetScalars
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var runs = routes.MapGroup("/api/slipway/v1/namespaces/{ns}/runs");
        runs.MapGet("/{id}/tensorboard", ListAsync).RequirePermission("runs.read");
        runs.MapGet("/{id}/tensorboard/scalars", PointsAsync).RequirePermission("runs.read");
    }

    private static async Task<IResult> ListAsync(string ns, string id, [FromServices] RunEvents events, CancellationToken cancellation)
    {
        if (!(await ReadAsync(ns, id, events, cancellation)).TryGet(out var files, out var problem))
        {
            return problem.ToAnswer();
        }

        var metrics = Names(files)
            .Select(m => new EventMetric(m.Key, m.Sum(f => f.Series.Count), Metric(m.Key, m.Select(f => f.Series.Last).MaxBy(p => (p.Step, p.Seconds)))))
            .OrderBy(m => m.Key, StringComparer.Ordinal);
        return Results.Json(
            new EventMetrics(id, [.. files.Select(f => new EventFileState(f.Path, f.Content.Problem))], [.. metrics]), TrackingJson.Default.EventMetrics);
    }

    private static async Task<IResult> PointsAsync(string ns, string id, string? metric, [FromServices] RunEvents events, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(metric))
        {
            return Problem.Invalid([new Fault("metric", "name one, as the list of metrics has it")]).ToAnswer();
        }

        if (!(await ReadAsync(ns, id, events, cancellation)).TryGet(out var files, out var problem))
        {
            return problem.ToAnswer();
        }

        var found = Names(files).FirstOrDefault(m => m.Key == metric);
        if (found is null)
        {
            return Problem.NotFound($"metric {metric} in the event files of run {id}").ToAnswer();
        }

        var points = found.SelectMany(f => f.Series.Points()).OrderBy(p => p.Step).ThenBy(p => p.Seconds).Select(p => Metric(metric, p));
        return Results.Json(new MetricHistory(id, metric, [.. points]), TrackingJson.Default.MetricHistory);
    }

    private static async Task<Result<IReadOnlyList<RunEventFile>>> ReadAsync(string ns, string id, RunEvents events, CancellationToken cancellation)
    {
        Fault?[] faults = [RunRules.Namespace(ns), RunRules.RunId(id)];
        return faults.Any(f => f is not null) ? Problem.Invalid([.. faults.OfType<Fault>()]) : await events.ReadAsync(ns, id, cancellation);
    }

    // Several files of one folder are one run of TensorBoard's that was started again.
    private static IEnumerable<IGrouping<string, (string Name, Series Series)>> Names(IReadOnlyList<RunEventFile> files) =>
        files.SelectMany(f => f.Content.Tags.Select(t => (Name: f.Prefix.Length == 0 ? t.Key : $"{f.Prefix}/{t.Key}", Series: t.Value))).GroupBy(t => t.Name, StringComparer.Ordinal);

    private static RunMetric Metric(string name, ScalarPoint point) => new(name, point.Value, point.Step, Time(point.Seconds));

    private static DateTimeOffset Time(double seconds) =>
        seconds is > 0 and < 253_402_300_799 ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond)) : DateTimeOffset.UnixEpoch;
}
