using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Monitoring.Drift;
using Slipway.Monitoring.Evaluation;
using Slipway.Monitoring.Kinds;
using Slipway.Monitoring.Monitors;
using Slipway.Monitoring.Windows;
using Slipway.Platform.Controllers;
using Slipway.Platform.Modules;
using Slipway.Platform.Resources;

namespace Slipway.Monitoring;

/// <summary>Drift and quality of what inference services answer, window by window.</summary>
public sealed class MonitoringModule : IModule
{
    public string Name => "monitoring";

    public IEnumerable<ResourceKind> Kinds => [MonitorKind.Kind];

    /// <summary>For the command line: compares files without a server.</summary>
    public static IDriftComparer CreateDriftComparer() => new DriftComparer();

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<MonitoringMetrics>();
        services.AddSingleton<MonitorStore>();
        services.AddSingleton<IMonitorWindows>(provider => provider.GetRequiredService<MonitorStore>());
        services.AddSingleton<IDriftComparer, DriftComparer>();
        services.AddSingleton<ReferenceFrames>();
        services.AddSingleton<WindowEvaluator>();
        services.AddSingleton<IController, MonitorController>();
    }

    public void MapRoutes(IEndpointRouteBuilder routes) => ListWindows.Map(routes);
}
