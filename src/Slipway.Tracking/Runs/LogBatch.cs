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

/// <summary><c>POST runs/log-batch</c> {run_id, metrics, params, tags}: all of it or nothing.</summary>
internal static class LogBatch
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/log-batch", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var id = call.Fields.RequiredRunId();
        if ((call.Fields.Problem ?? MlflowNames.RunId(id)) is { } badId)
        {
            return badId;
        }

        var entry = LogFields.Batch(call.Fields, id);
        return call.Fields.Problem is { } bad
            ? bad
            : (await call.Service<RunLog>().AddAsync(call.Namespace, id, entry, call.Cancellation)).Select(_ => MlflowReply.Empty);
    }
}
