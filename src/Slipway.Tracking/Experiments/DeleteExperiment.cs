using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Experiments;

/// <summary><c>POST experiments/delete</c> {experiment_id}: it and its runs are marked as deleted; see the removal for good.</summary>
internal static class DeleteExperiment
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", "2.0/mlflow/experiments/delete", HandleAsync).RequirePermission("experiments.write");

    private static Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var now = call.Now();
        return call.ChangeAsync(async (session, experiment) =>
        {
            if (!experiment.IsActive)
            {
                return new Problem(ProblemCode.NotFound, $"No Experiment with id={experiment.Id} exists: it is deleted already");
            }

            await ExperimentStore.SetLifecycleAsync(session, experiment.Number, Lifecycle.Deleted, now);
            await TrackingEvents.ExperimentAsync(session, "experiment.deleted", experiment);
            return Result.Ok;
        });
    }
}
