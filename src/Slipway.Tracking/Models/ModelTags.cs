using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Models;

/// <summary><c>PATCH logged-models/{model_id}/tags</c> {tags}</summary>
internal static class SetModelTags
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("PATCH", ModelCalls.Route + "/{model_id}/tags", HandleAsync).RequirePermission("logged-models.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var tags = call.Fields.Pairs("tags");
        return (call.Fields.Problem ?? ModelCalls.CheckTags(tags)) is { } bad ? bad : await call.ChangeAsync(async (session, model) =>
        {
            await ModelStore.SetTagsAsync(session, model.Number, tags);
            return MlflowReply.Empty;
        });
    }
}

/// <summary><c>DELETE logged-models/{model_id}/tags/{tag_key}</c></summary>
internal static class DeleteModelTag
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapMlflow("DELETE", ModelCalls.Route + "/{model_id}/tags/{tag_key}", HandleAsync).RequirePermission("logged-models.write");

    private static Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var key = call.Path("tag_key");
        return call.ChangeAsync(async (session, model) => await ModelStore.RemoveTagAsync(session, model.Number, key)
            ? MlflowReply.Empty
            : new Problem(ProblemCode.NotFound, $"No tag with key '{key}' found for model with ID '{model.Id}'."));
    }
}
