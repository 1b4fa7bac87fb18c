using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Platform.Modules;
using Slipway.Tracking.Artifacts;
using Slipway.Tracking.Experiments;
using Slipway.Tracking.Inputs;
using Slipway.Tracking.Insight;
using Slipway.Tracking.Metrics;
using Slipway.Tracking.Models;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Removal;
using Slipway.Tracking.Runs;
using Slipway.Tracking.Workspaces;

namespace Slipway.Tracking;

/// <summary>Experiments and runs: what was tried, with which parameters, and how it went.</summary>
public sealed class TrackingModule : IModule
{
    public string Name => "tracking";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IRunRecorder, RunRecorder>();
        services.AddSingleton<IModelSources, ModelSources>();
        services.AddSingleton<IExperiments, ExperimentPlaces>();
        services.AddSingleton<RunLog>();
        services.AddSingleton<MetricFeed>();
        services.AddSingleton<DefaultExperiments>();
        services.AddSingleton<ChartCache>();
        services.AddSingleton<Remover>();
        ArtifactServices.Add(services);
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        ExperimentRoutes.Map(routes);
        RunRoutes.Map(routes);
        MetricRoutes.Map(routes);
        InputRoutes.Map(routes);
        ModelRoutes.Map(routes);
        WorkspaceCalls.Map(routes);
        ServerFacts.Map(routes);
        InsightRoutes.Map(routes);
        RemovalRoutes.Map(routes);
        ArtifactRoutes.Map(routes);
    }
}
