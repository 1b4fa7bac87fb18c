using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Models;

/// <summary><c>POST logged-models/{model_id}/params</c> {params}: set once, as a run's.</summary>
internal static class LogModelParams
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("POST", ModelCalls.Route + "/{model_id}/params", HandleAsync).RequirePermission("logged-models.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var parameters = call.Fields.Pairs("params");
        return (call.Fields.Problem ?? ModelCalls.CheckParams(parameters)) is { } bad ? bad : await call.ChangeAsync(async (session, model) =>
        {
            await ModelStore.AddParamsAsync(session, model.Number, parameters);
            foreach (var (key, value) in parameters)
            {
                if (await ModelStore.FindParamAsync(session, model.Number, key) is { } stands && stands != value)
                {
                    return Problem.Invalid(
                        $"Changing param values is not allowed. Param with key='{key}' was already logged with value='{stands}' for model ID='{model.Id}'. Attempted logging new value '{value}'.");
                }
            }

            return MlflowReply.Empty;
        });
    }
}
