using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Runs;

/// <summary><c>GET .../pipelineruns?pipeline=&amp;limit=</c>: newest first, without steps; limit 1 to 1000, default 100.</summary>
internal static class ListRuns
{
    private const int MaxLimit = 1000;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/slipway/v1/namespaces/{ns}/pipelineruns", HandleAsync).RequirePermission("pipelineruns.read");

    private static async Task<IResult> HandleAsync(string ns, string? pipeline, string? limit, IPipelineRuns runs, CancellationToken cancellation)
    {
        var count = 100;
        if (limit is not null && (!int.TryParse(limit, out count) || count is < 1 or > MaxLimit))
        {
            return Problem.Invalid($"limit: '{limit}' must be a whole number from 1 to {MaxLimit}").ToAnswer();
        }

        var found = await runs.ListAsync(ns, pipeline, count, cancellation);
        return Results.Json(new RunListWire([.. found.Select(RunWire.Of)]), RunWireContext.Default.RunListWire);
    }
}
