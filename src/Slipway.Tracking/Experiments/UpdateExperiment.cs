using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Experiments;

/// <summary><c>POST experiments/update</c> {experiment_id, new_name}</summary>
internal static class UpdateExperiment
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", "2.0/mlflow/experiments/update", HandleAsync).RequirePermission("experiments.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        _ = call.Fields.Required("experiment_id");
        var name = call.Fields.Required("new_name");
        if ((call.Fields.Problem ?? MlflowNames.ExperimentName(name)) is { } bad)
        {
            return bad;
        }

        var now = call.Now();
        return await call.ChangeAsync(async (session, experiment) =>
        {
            if (!experiment.IsActive)
            {
                return Problem.Invalid("Cannot rename a non-active experiment.") with { Reason = MlflowCode.InvalidState };
            }

            if (await ExperimentStore.FindByNameAsync(session, call.Namespace, name) is { IsActive: true } taken && taken.Number != experiment.Number)
            {
                return ExperimentCalls.NameTaken(name);
            }

            await ExperimentStore.RenameAsync(session, experiment.Number, name, now);
            await TrackingEvents.ExperimentAsync(session, "experiment.renamed", experiment with { Name = name });
            return Result.Ok;
        });
    }
}
