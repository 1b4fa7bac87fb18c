using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Runs;

/// <summary>
/// <c>POST .../pipelineruns/{id}/cancel</c>: no further step starts; a step that runs now may finish, its outputs are kept. Cancelling what has ended changes nothing.
/// </summary>
internal static class CancelRun
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/slipway/v1/namespaces/{ns}/pipelineruns/{id}/cancel", HandleAsync).RequirePermission("pipelineruns.cancel");

    private static async Task<IResult> HandleAsync(string ns, string id, RunStore store, IPipelineRuns runs, CancellationToken cancellation)
    {
        var cancelled = await store.CancelAsync(ns, id, cancellation);
        return cancelled.Succeeded
            ? (await runs.GetAsync(ns, id, cancellation)).ToAnswer(run => Results.Json(RunWire.Of(run), RunWireContext.Default.RunWire))
            : cancelled.Problem.ToAnswer();
    }
}
