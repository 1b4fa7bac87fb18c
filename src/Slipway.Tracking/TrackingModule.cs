using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Platform.Modules;
using Slipway.Tracking.Artifacts;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Runs;

namespace Slipway.Tracking;

/// <summary>Experiments and runs: what was tried, with which parameters, and how it went.</summary>
public sealed class TrackingModule : IModule
{
    public string Name => "tracking";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IRunRecorder, RunRecorder>();
        ArtifactServices.Add(services);
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        var runs = routes.MapGroup("/api/slipway/v1/namespaces/{ns}/runs");
        ListRuns.Map(runs);
        GetRun.Map(runs);
        GetMetricHistory.Map(runs);
        ArtifactRoutes.Map(routes);
    }
}
