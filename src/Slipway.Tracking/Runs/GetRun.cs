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

/// <summary><c>GET /runs/{id}</c>: the run with its parameters, current metrics and tags, all of one moment.</summary>
internal static class GetRun
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/{id}", HandleAsync).RequirePermission("runs.read");

    private static async Task<IResult> HandleAsync(string ns, string id, IDatabase database, CancellationToken cancellation)
    {
        if (RunRules.Check(ns, id) is { } bad)
        {
            return bad.ToAnswer();
        }

        var detail = await database.ReadAsync((session, _) => FindAsync(session, ns, id), cancellation);
        return detail is null ? Problem.NotFound($"run {id} in namespace {ns}").ToAnswer() : Results.Json(detail, TrackingJson.Default.RunDetail);
    }

    private static async Task<RunDetail?> FindAsync(IReadSession session, string ns, string id) =>
        await RunStore.FindAsync(session, ns, id) is { } run
            ? new RunDetail(
                run.ToSummary(),
                await ValueStore.ParamsAsync(session, run.Number),
                (await MetricStore.LatestAsync(session, [run.Number]))[run.Number].ToDictionary(
                    m => m.Key, m => new RunMetric(m.Key, m.Shown, m.Step, Micros.ToTime(m.Time)), StringComparer.Ordinal),
                await ValueStore.TagsAsync(session, run.Number))
            : null;
}
