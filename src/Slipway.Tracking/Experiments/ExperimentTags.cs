using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Experiments;

/// <summary>The rules of an experiment's tags.</summary>
internal static class ExperimentTags
{
    public static Problem? Check(string key, string value) =>
        MlflowNames.Key(key, "key") ?? MlflowNames.Length("key", 250, key) ?? MlflowNames.Length("value", 5000, value);
}

/// <summary><c>POST experiments/set-experiment-tag</c> {experiment_id, key, value}</summary>
internal static class SetExperimentTag
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", "2.0/mlflow/experiments/set-experiment-tag", HandleAsync).RequirePermission("experiments.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (id, key, value) = (call.Fields.Required("experiment_id"), call.Fields.Required("key"), call.Fields.Text("value") ?? "");
        if ((call.Fields.Problem ?? ExperimentTags.Check(key, value)) is { } bad)
        {
            return bad;
        }

        var now = call.Now();
        return await call.ChangeAsync(async (session, _) =>
        {
            if (!(await Guard.ActiveExperimentAsync(session, call.Namespace, id)).TryGet(out var experiment, out var problem))
            {
                return problem;
            }

            await ExperimentStore.SetTagsAsync(session, experiment.Number, [new(key, value)], now);
            return Result.Ok;
        });
    }
}

/// <summary><c>POST experiments/delete-experiment-tag</c> {experiment_id, key}</summary>
internal static class DeleteExperimentTag
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", "2.0/mlflow/experiments/delete-experiment-tag", HandleAsync).RequirePermission("experiments.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (id, key) = (call.Fields.Required("experiment_id"), call.Fields.Required("key"));
        return call.Fields.Problem is { } bad ? bad : await call.ChangeAsync(async (session, _) =>
        {
            if (!(await Guard.ActiveExperimentAsync(session, call.Namespace, id)).TryGet(out var experiment, out var problem))
            {
                return problem;
            }

            return await ExperimentStore.RemoveTagAsync(session, experiment.Number, key)
                ? Result.Ok
                : new Problem(ProblemCode.NotFound, $"No tag with name: {key} in experiment with id {id}");
        });
    }
}
