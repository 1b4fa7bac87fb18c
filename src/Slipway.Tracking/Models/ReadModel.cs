using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Models;

/// <summary><c>GET logged-models/{model_id}</c> -> {model}; with <c>allow_deleted=true</c> a deleted one too.</summary>
internal static class ReadModel
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("GET", ModelCalls.Route + "/{model_id}", HandleAsync).RequirePermission("logged-models.read");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var deleted = call.Fields.Flag("allow_deleted") ?? false;
        return call.Fields.Problem is { } bad ? bad : await call.Service<IDatabase>().ReadAsync<Result<MlflowReply>>(
            async (session, _) =>
            {
                if (!(await Guard.ModelAsync(session, call.Namespace, call.Path("model_id"))).TryGet(out var model, out var problem))
                {
                    return problem;
                }

                return model.Lifecycle == Lifecycle.Active || deleted
                    ? ModelJson.Reply(model, await ModelStore.PartsAsync(session, [model.Number]))
                    : Guard.NoModel(model.Id);
            },
            call.Cancellation);
    }
}
