using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Http;
using Slipway.Serving.Doors;
using Slipway.Serving.Explanations.Background;
using Slipway.Serving.Explanations.Trees;

namespace Slipway.Serving.Explanations;

/// <summary>What explanations need, and where they are asked for.</summary>
internal static class ExplanationsRegistration
{
    public static IServiceCollection AddExplanations(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(ExplanationOptions.Read(configuration)).AddSingleton<ExplanationStore>().AddSingleton<BackgroundSource>().AddSingleton<TreeModels>()
        .AddSingleton<ExplanationGate>().AddSingleton<Explainer>().AddSingleton<ExplainByCode>().AddSingleton<ExplainV1>().AddSingleton<ExplainV2>();

    public static void MapExplanations(this IEndpointRouteBuilder routes)
    {
        var (v1, v2) = (routes.ServiceProvider.GetRequiredService<ExplainV1>(), routes.ServiceProvider.GetRequiredService<ExplainV2>());
        var door = routes.ServiceProvider.GetRequiredService<ServiceDoor>();
        foreach (var at in new[] { "", "/serving/{ns}/{service}" })
        {
            foreach (var path in new[] { "{model}", "{model}/versions/{version}", "{model}/labels/{label}" })
            {
                routes.MapPost($"{at}/v1/models/{path}:explain", door.Around(v1.HandleAsync)).RequirePermission("models.infer");
            }

            foreach (var path in new[] { "{model}", "{model}/versions/{version}" })
            {
                routes.MapPost($"{at}/v2/models/{path}/explain", door.Around(v2.HandleAsync)).RequirePermission("models.infer");
            }
        }
    }
}
