using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Runs;

/// <summary><c>POST runs/delete</c> {run_id}: marks it as deleted; searches leave it out, and nothing can be logged to it.</summary>
internal static class DeleteRun
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/delete", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (id, now) = (call.Fields.RequiredRunId(), call.Now());
        return call.Fields.Problem is { } bad ? bad : await call.ChangeAsync(id, async (session, run) =>
        {
            await RunStore.SetLifecycleAsync(session, run.Number, Lifecycle.Deleted, now);
            if (run.IsActive)
            {
                await TrackingEvents.RunAsync(session, "run.deleted", run.ToSummary());
            }

            return Result.Ok;
        });
    }
}
