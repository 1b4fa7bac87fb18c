using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Runs;

/// <summary><c>GET .../pipelineruns/{id}</c>: the run with its steps and their outputs.</summary>
internal static class GetRun
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/slipway/v1/namespaces/{ns}/pipelineruns/{id}", HandleAsync).RequirePermission("pipelineruns.read");

    private static async Task<IResult> HandleAsync(string ns, string id, IPipelineRuns runs, CancellationToken cancellation) =>
        (await runs.GetAsync(ns, id, cancellation)).ToAnswer(run => Results.Json(RunWire.Of(run), RunWireContext.Default.RunWire));
}
