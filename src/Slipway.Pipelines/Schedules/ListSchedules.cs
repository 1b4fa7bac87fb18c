using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Kfp.Listing;
using Slipway.Pipelines.RunApi;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Schedules;

/// <summary><c>GET /recurringruns?experiment_id=&amp;namespace=&amp;filter=...</c>; the answer's list is called <c>recurringRuns</c>, as it is upstream.</summary>
internal static class ListSchedules
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapGet("/recurringruns", HandleAsync).RequirePermission("recurringruns.read");

    private static async Task<IResult> HandleAsync(HttpRequest request, ScheduleStore store, CancellationToken cancellation)
    {
        if (!KfpNamespace.ReadFilter(request.Query["namespace"]).TryGet(out var ns, out var problem)
            || !ListRequest.Read(request.Query, ScheduleStore.Listed).TryGet(out var list, out problem))
        {
            return problem.ToKfpAnswer();
        }

        var experiment = ListRequest.Get(request.Query, "experiment_id", "experimentId");
        var page = await store.ListAsync(ns, experiment.Length > 0 ? experiment : null, list, cancellation);
        return PageAnswer.Of("recurringRuns", page.Items.Select(ScheduleWire.Of), page.Total, page.NextToken);
    }
}
