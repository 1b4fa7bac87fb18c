using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Schedules;

/// <summary><c>GET /recurringruns/{id}</c>.</summary>
internal static class GetSchedule
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapGet("/recurringruns/{recurring_run_id}", HandleAsync).RequirePermission("recurringruns.read");

    private static async Task<IResult> HandleAsync([FromRoute(Name = "recurring_run_id")] string id, ScheduleStore store, CancellationToken cancellation) =>
        await store.FindAsync(id, cancellation) is { } row
            ? Results.Text(ScheduleWire.Of(row).ToJsonString(), "application/json")
            : Problem.NotFound($"recurring run {id}").ToKfpAnswer();
}
