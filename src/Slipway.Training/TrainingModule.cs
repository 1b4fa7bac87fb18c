using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.Contracts.Training.Ports;
using Slipway.Platform.Modules;
using Slipway.Training.Algorithms;
using Slipway.Training.Quality;

namespace Slipway.Training;

/// <summary>Built-in algorithms that learn from a frame and export ONNX, and the metrics that judge models.</summary>
public sealed class TrainingModule : IModule
{
    public string Name => "training";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(TrainingOptions.Read(configuration["Training:Threads"]));
        services.AddSingleton<IAlgorithm, GradientBoostingAlgorithm>();
        services.AddSingleton<IAlgorithm, LinearAlgorithm>();
        services.AddSingleton<ITrainer, Trainer>();
        services.AddSingleton<IQualityMetrics, QualityMetrics>();
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        // Training is asked for through its port: by pipelines and by the loop.
    }
}
