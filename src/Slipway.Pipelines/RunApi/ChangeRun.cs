using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Runs;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.RunApi;

/// <summary><c>POST /runs/{id}:terminate</c>, <c>:retry</c> (what has not succeeded), <c>:archive</c>, <c>:unarchive</c> and <c>DELETE /runs/{id}</c>.</summary>
internal static class ChangeRun
{
    public static void Map(IEndpointRouteBuilder kfp)
    {
        kfp.MapPost("/runs/{run_id}:terminate", TerminateAsync).RequirePermission("pipelineruns.cancel");
        kfp.MapPost("/runs/{run_id}:retry", RetryAsync).RequirePermission("pipelineruns.create");
        kfp.MapPost("/runs/{run_id}:archive", ArchiveAsync).RequirePermission("pipelineruns.update");
        kfp.MapPost("/runs/{run_id}:unarchive", UnarchiveAsync).RequirePermission("pipelineruns.update");
        kfp.MapDelete("/runs/{run_id}", DeleteAsync).RequirePermission("pipelineruns.delete");
    }

    private static async Task<IResult> TerminateAsync([FromRoute(Name = "run_id")] string id, RunService runs, CancellationToken cancellation) =>
        (await runs.TerminateAsync(id, cancellation)).ToKfpAnswer();

    private static async Task<IResult> RetryAsync([FromRoute(Name = "run_id")] string id, RunService runs, CancellationToken cancellation) =>
        (await runs.RetryAsync(id, cancellation)).ToKfpAnswer(_ => KfpAnswer.Empty);

    private static async Task<IResult> ArchiveAsync([FromRoute(Name = "run_id")] string id, RunService runs, CancellationToken cancellation) =>
        (await runs.ArchiveAsync(id, cancellation)).ToKfpAnswer();

    private static async Task<IResult> UnarchiveAsync([FromRoute(Name = "run_id")] string id, RunService runs, CancellationToken cancellation) =>
        (await runs.UnarchiveAsync(id, cancellation)).ToKfpAnswer();

    private static async Task<IResult> DeleteAsync([FromRoute(Name = "run_id")] string id, RunService runs, CancellationToken cancellation) =>
        (await runs.DeleteAsync(id, cancellation)).ToKfpAnswer();
}
