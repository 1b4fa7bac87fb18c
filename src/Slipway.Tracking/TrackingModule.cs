using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Platform.Modules;
using Slipway.Tracking.Archives;
using Slipway.Tracking.Artifacts;
using Slipway.Tracking.Experiments;
using Slipway.Tracking.Imports;
using Slipway.Tracking.Inputs;
using Slipway.Tracking.Insight;
using Slipway.Tracking.Metrics;
using Slipway.Tracking.Models;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Removal;
using Slipway.Tracking.Runs;
using Slipway.Tracking.TensorBoard;
using Slipway.Tracking.Workspaces;

namespace Slipway.Tracking;

/// <summary>Experiments and runs: what was tried, with which parameters, and how it went.</summary>
public sealed class TrackingModule : IModule
{
    public string Name => "tracking";

    /// <summary>For the command line: reads and writes MLflow's own stores without a server.</summary>
    public static IMlflowArchives CreateMlflowArchives() => new MlflowArchives();

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
        services.AddSingleton<RunEvents>();
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
        GetScalars.Map(routes);
        ImportRuns.Map(routes);
        ExportRuns.Map(routes);
        ArtifactRoutes.Map(routes);
    }
}
