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

/// <summary><c>POST runs/log-metric</c> {run_id, key, value, timestamp, step, model_id, dataset_name, dataset_digest}</summary>
internal static class LogMetric
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/log-metric", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (id, point) = (call.Fields.RequiredRunId(), LogFields.Metric(call.Fields));
        var model = LogFields.ModelMetric(call.Fields, point, id);
        return call.Fields.Problem is { } bad
            ? bad
            : (await call.Service<RunLog>().AddAsync(
                call.Namespace, id, new LogEntry { Points = [point], ModelPoints = model is { } measured ? [measured] : [] }, call.Cancellation)).Select(_ => MlflowReply.Empty);
    }
}
