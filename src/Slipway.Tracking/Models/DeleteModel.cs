using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Recording;

namespace Slipway.Tracking.Models;

/// <summary><c>DELETE logged-models/{model_id}</c>: marks it as deleted.</summary>
internal static class DeleteModel
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("DELETE", ModelCalls.Route + "/{model_id}", HandleAsync).RequirePermission("logged-models.write");

    private static Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var now = call.Now();
        return call.ChangeAsync(async (session, model) =>
        {
            await ModelStore.SetLifecycleAsync(session, model.Number, Lifecycle.Deleted, now);
            await TrackingEvents.ModelAsync(session, "logged-model.deleted", model);
            return MlflowReply.Empty;
        });
    }
}
