using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Experiments;

/// <summary><c>GET experiments/get?experiment_id=</c> and <c>get-by-name?experiment_name=</c> -> {experiment}. Deleted ones are found too.</summary>
internal static class GetExperiment
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMlflow("GET", "2.0/mlflow/experiments/get", ByIdAsync).RequirePermission("experiments.read");
        routes.MapMlflow("GET", "2.0/mlflow/experiments/get-by-name", ByNameAsync).RequirePermission("experiments.read");
    }

    private static Task<Result<MlflowReply>> ByIdAsync(MlflowCall call)
    {
        var id = call.Fields.Required("experiment_id");
        return FindAsync(call, session => Guard.ExperimentAsync(session, call.Namespace, id));
    }

    private static Task<Result<MlflowReply>> ByNameAsync(MlflowCall call)
    {
        var name = call.Fields.Required("experiment_name");
        return FindAsync(call, async session => await ExperimentStore.FindByNameAsync(session, call.Namespace, name) is { } found
            ? found
            : new Problem(ProblemCode.NotFound, $"Could not find experiment with name '{name}'"));
    }

    private static async Task<Result<MlflowReply>> FindAsync(MlflowCall call, Func<IReadSession, Task<Result<ExperimentRow>>> find)
    {
        if ((call.Fields.Problem ?? await call.Service<DefaultExperiments>().EnsureAsync(call.Namespace, call.Cancellation)) is { } bad)
        {
            return bad;
        }

        return await call.Service<IDatabase>().ReadAsync<Result<MlflowReply>>(
            async (session, _) =>
            {
                if (!(await find(session)).TryGet(out var experiment, out var problem))
                {
                    return problem;
                }

                var tags = await ExperimentStore.TagsAsync(session, [experiment.Number]);
                return MlflowReply.Object(writer =>
                {
                    writer.WritePropertyName("experiment");
                    writer.WriteExperiment(experiment, tags[experiment.Number]);
                });
            },
            call.Cancellation);
    }
}
