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

/// <summary><c>POST runs/log-parameter</c> {run_id, key, value}: a parameter is set once; the same value again is fine.</summary>
internal static class LogParameter
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/log-parameter", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (id, parameter) = (call.Fields.RequiredRunId(), LogFields.Parameter(call.Fields, ""));
        return call.Fields.Problem is { } bad
            ? bad
            : (await call.Service<RunLog>().AddAsync(call.Namespace, id, new LogEntry { Parameters = [parameter] }, call.Cancellation)).Select(_ => MlflowReply.Empty);
    }
}
