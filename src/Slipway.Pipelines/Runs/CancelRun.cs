using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Runs;

/// <summary>
/// <c>POST .../pipelineruns/{id}/cancel</c>: no further step starts, and what runs is stopped. Cancelling what has ended changes nothing.
/// </summary>
internal static class CancelRun
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/slipway/v1/namespaces/{ns}/pipelineruns/{id}/cancel", HandleAsync).RequirePermission("pipelineruns.cancel");

    private static async Task<IResult> HandleAsync(string ns, string id, RunService service, IPipelineRuns runs, CancellationToken cancellation)
    {
        // Looked for in the namespace first: a run is not to be ended through another one's path.
        var found = await runs.GetAsync(ns, id, cancellation);
        if (!found.Succeeded)
        {
            return found.Problem.ToAnswer();
        }

        var cancelled = await service.TerminateAsync(id, cancellation);
        return cancelled.Succeeded
            ? (await runs.GetAsync(ns, id, cancellation)).ToAnswer(run => Results.Json(RunWire.Of(run), RunWireContext.Default.RunWire))
            : cancelled.Problem.ToAnswer();
    }
}
