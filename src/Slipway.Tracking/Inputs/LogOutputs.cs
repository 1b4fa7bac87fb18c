using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Inputs;

/// <summary><c>POST runs/outputs</c> {run_id, models: [{model_id, step}]}: the models that the run made.</summary>
internal static class LogOutputs
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/outputs", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var id = call.Fields.Required("run_id");
        if (!call.Fields.Has("models"))
        {
            call.Fields.RejectMissing("models");
        }

        var models = call.Fields.Objects("models").Select(m => new ModelOutputRow(m.Required("model_id"), m.Int64("step") ?? 0)).ToArray();
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var logged = await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) =>
            {
                if (!(await Guard.ActiveRunAsync(session, call.Namespace, id)).TryGet(out var run, out var problem))
                {
                    return problem;
                }

                await InputStore.AddModelOutputsAsync(session, run.Number, models);
                return default(Unit);
            },
            call.Cancellation);
        return logged.Select(_ => MlflowReply.Empty);
    }
}
