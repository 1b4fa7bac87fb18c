using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Experiments;

/// <summary><c>POST experiments/restore</c> {experiment_id}: it and its runs live again, unless its name has been taken in between.</summary>
internal static class RestoreExperiment
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", "2.0/mlflow/experiments/restore", HandleAsync).RequirePermission("experiments.write");

    private static Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var now = call.Now();
        return call.ChangeAsync(async (session, experiment) =>
        {
            if (experiment.IsActive)
            {
                return new Problem(ProblemCode.NotFound, $"No Experiment with id={experiment.Id} exists that is deleted");
            }

            if (await ExperimentStore.FindByNameAsync(session, call.Namespace, experiment.Name) is { IsActive: true } taken)
            {
                return Problem.AlreadyExists($"Experiment(name={experiment.Name}) with id={taken.Id}: rename that one first; an experiment of that name");
            }

            await ExperimentStore.SetLifecycleAsync(session, experiment.Number, Lifecycle.Active, now);
            await TrackingEvents.ExperimentAsync(session, "experiment.restored", experiment);
            return Result.Ok;
        });
    }
}
