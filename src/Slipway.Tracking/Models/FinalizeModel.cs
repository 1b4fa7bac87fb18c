using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Models;

/// <summary><c>PATCH logged-models/{model_id}</c> {status} -> {model}: its files are there, or will never be.</summary>
internal static class FinalizeModel
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("PATCH", ModelCalls.Route + "/{model_id}", HandleAsync).RequirePermission("logged-models.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (status, now) = (call.Fields.Choice("status", ModelCalls.Statuses, first: 0), call.Now());
        if (status is null)
        {
            call.Fields.RejectMissing("status");
        }

        return call.Fields.Problem is { } bad ? bad : await call.ChangeAsync(async (session, model) =>
        {
            await ModelStore.SetStatusAsync(session, model.Number, status!, model.StatusMessage, now);
            var after = model with { Status = status!, Updated = now };
            await TrackingEvents.ModelAsync(session, "logged-model.finalized", after);
            return ModelJson.Reply(after, await ModelStore.PartsAsync(session, [model.Number]));
        });
    }
}
