using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Platform.Http;
using Slipway.Serving.Scoring.Files;

namespace Slipway.Serving.Scoring;

/// <summary>What scoring in bulk needs.</summary>
internal static class ScoringRegistration
{
    public static IServiceCollection AddScoring(this IServiceCollection services) => services
        .AddSingleton<ModelCache>().AddSingleton<IModelScorer, ModelScorer>().AddSingleton<ScoringModels>().AddSingleton<ScoringDoor>()
        .AddSingleton<IBatchScorer, BatchScorer>().AddSingleton<IPipelineComponent, ScoreComponent>();

    public static void MapScoring(this IEndpointRouteBuilder routes)
    {
        const string Path = "/api/slipway/v1/namespaces/{ns}/scoring";
        routes.MapGet(Path, (HttpContext http, ScoringDoor door) => door.DescribeAsync(http)).RequirePermission("models.read");
        routes.MapPost(Path, (HttpContext http, ScoringDoor door) => door.ScoreAsync(http)).RequirePermission("models.infer");
    }
}
