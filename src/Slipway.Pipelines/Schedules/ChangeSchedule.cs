using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Database;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Schedules;

/// <summary>
/// <c>POST /recurringruns/{id}:enable</c>, <c>:disable</c>, <c>DELETE /recurringruns/{id}</c>. The runs that it has made stay, and go on; what fell due while it
/// was disabled is not made up for.
/// </summary>
internal static class ChangeSchedule
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        kfp.MapPost("/recurringruns/{recurring_run_id}:enable", EnableAsync).RequirePermission("recurringruns.update");
        kfp.MapPost("/recurringruns/{recurring_run_id}:disable", DisableAsync).RequirePermission("recurringruns.update");
        kfp.MapDelete("/recurringruns/{recurring_run_id}", DeleteAsync).RequirePermission("recurringruns.delete");
    }

    private static async Task<IResult> EnableAsync(
        [FromRoute(Name = "recurring_run_id")] string id, ScheduleStore store, ScheduleOptions options, CancellationToken cancellation) =>
        (await store.SwitchAsync(
            id, true, (row, now) => row.Rule(options.Zone).TryGet(out var rule, out _) ? rule.Next(now, Micros.ToTime(row.Created)) : null, cancellation)).ToKfpAnswer();

    private static async Task<IResult> DisableAsync([FromRoute(Name = "recurring_run_id")] string id, ScheduleStore store, CancellationToken cancellation) =>
        (await store.SwitchAsync(id, false, (_, _) => null, cancellation)).ToKfpAnswer();

    private static async Task<IResult> DeleteAsync([FromRoute(Name = "recurring_run_id")] string id, ScheduleStore store, CancellationToken cancellation) =>
        (await store.DeleteAsync(id, cancellation)).ToKfpAnswer();
}
