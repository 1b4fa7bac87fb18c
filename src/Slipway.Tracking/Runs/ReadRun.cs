using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Runs;

/// <summary><c>GET runs/get?run_id=</c> -> {run}: everything about it but the histories of its metrics.</summary>
internal static class ReadRun
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("GET", "2.0/mlflow/runs/get", HandleAsync).RequirePermission("runs.read");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var id = call.Fields.RequiredRunId();
        return call.Fields.Problem is { } bad ? bad : await call.Service<IDatabase>().ReadAsync<Result<MlflowReply>>(
            async (session, _) =>
            {
                if (await RunStore.FindAsync(session, call.Namespace, id) is not { } run)
                {
                    return Guard.NoRun(id);
                }

                var parts = await RunParts.ReadAsync(session, [run]);
                return MlflowReply.Object(writer =>
                {
                    writer.WritePropertyName("run");
                    writer.WriteRun(run, parts);
                });
            },
            call.Cancellation);
    }
}
