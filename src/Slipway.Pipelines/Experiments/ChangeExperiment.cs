using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Pipelines.Kfp;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Experiments;

/// <summary><c>POST /experiments/{id}:archive</c> (with its runs and schedules), <c>:unarchive</c>, and <c>DELETE /experiments/{id}</c> (its runs stay).</summary>
internal static class ChangeExperiment
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        kfp.MapPost("/experiments/{experiment_id}:archive", ArchiveAsync).RequirePermission("experiments.update");
        kfp.MapPost("/experiments/{experiment_id}:unarchive", UnarchiveAsync).RequirePermission("experiments.update");
        kfp.MapDelete("/experiments/{experiment_id}", DeleteAsync).RequirePermission("experiments.delete");
    }

    private static async Task<IResult> ArchiveAsync([FromRoute(Name = "experiment_id")] string id, ExperimentStore store, CancellationToken cancellation) =>
        (await store.ArchiveAsync(id, cancellation)).ToKfpAnswer();

    private static async Task<IResult> UnarchiveAsync([FromRoute(Name = "experiment_id")] string id, ExperimentStore store, CancellationToken cancellation) =>
        (await store.UnarchiveAsync(id, cancellation)).ToKfpAnswer();

    private static async Task<IResult> DeleteAsync([FromRoute(Name = "experiment_id")] string id, ExperimentStore store, CancellationToken cancellation) =>
        (await store.DeleteAsync(id, cancellation)).ToKfpAnswer();
}
