using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Runs;

/// <summary><c>POST runs/restore</c> {run_id}</summary>
internal static class RestoreRun
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/restore", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var id = call.Fields.RequiredRunId();
        return call.Fields.Problem is { } bad ? bad : await call.ChangeAsync(id, async (session, run) =>
        {
            await RunStore.SetLifecycleAsync(session, run.Number, Lifecycle.Active, null);
            if (!run.IsActive)
            {
                await TrackingEvents.RunAsync(session, "run.restored", run.ToSummary());
            }

            return Result.Ok;
        });
    }
}
