using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Http;
using Slipway.Serving.Inference;
using Slipway.Serving.V1;

namespace Slipway.Serving.Doors;

/// <summary>
/// <c>/serving/{ns}/{service}/predictor/...</c>: a service's predictor without its transformer, which asks there. What KServe's SDK asks of a
/// predictor host.
/// </summary>
internal static class PredictorRoutes
{
    public static void MapPredictors(this IEndpointRouteBuilder routes)
    {
        const string At = "/serving/{ns}/{service}/predictor";
        var (door, infer, predict, model, status) = (
            routes.ServiceProvider.GetRequiredService<ServiceDoor>(), routes.ServiceProvider.GetRequiredService<Infer>(),
            routes.ServiceProvider.GetRequiredService<PredictV1>(), routes.ServiceProvider.GetRequiredService<DescribeModel>(),
            routes.ServiceProvider.GetRequiredService<DescribeV1>());
        foreach (var path in new[] { $"{At}/v2/models/{{model}}", $"{At}/v2/models/{{model}}/versions/{{version}}" })
        {
            routes.MapGet(path, model.MetadataAsync).RequirePermission("models.read");
            routes.MapGet($"{path}/ready", model.ReadyAsync).RequirePermission("models.read");
            routes.MapPost($"{path}/infer", door.AroundPredictor(infer.HandleAsync)).RequirePermission("models.infer");
        }

        foreach (var path in new[] { $"{At}/v1/models/{{model}}", $"{At}/v1/models/{{model}}/versions/{{version}}", $"{At}/v1/models/{{model}}/labels/{{label}}" })
        {
            routes.MapGet(path, status.StatusAsync).RequirePermission("models.read");
            routes.MapPost($"{path}:predict", door.AroundPredictor(predict.HandleAsync)).RequirePermission("models.infer");
        }
    }
}
