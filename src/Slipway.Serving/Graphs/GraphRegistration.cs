using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Controllers;
using Slipway.Platform.Http;
using Slipway.Platform.Resources;

namespace Slipway.Serving.Graphs;

/// <summary>What the module registers for graphs.</summary>
internal static class GraphRegistration
{
    public static ResourceKind Kind => InferenceGraphKind.Definition;

    public static IServiceCollection AddGraphs(this IServiceCollection services) => services
        .AddSingleton<GraphTable>().AddSingleton<GraphMetrics>().AddSingleton<LocalCalls>().AddSingleton<RemoteCalls>().AddSingleton<GraphRunner>()
        .AddSingleton<AnswerGraph>().AddController<InferenceGraphController>().AddReplicaController<GraphFollower>();

    public static void MapGraphs(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/serving/{ns}/{graph}", routes.ServiceProvider.GetRequiredService<AnswerGraph>().HandleAsync).RequirePermission("models.infer");
}
