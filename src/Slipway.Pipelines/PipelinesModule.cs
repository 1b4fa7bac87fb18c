using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Pipelines.Definitions;
using Slipway.Pipelines.Engine;
using Slipway.Pipelines.Runs;
using Slipway.Pipelines.Steps;
using Slipway.Pipelines.Storage;
using Slipway.Pipelines.Triggers;
using Slipway.Pipelines.Workers;
using Slipway.Platform.Controllers;
using Slipway.Platform.Modules;
using Slipway.Platform.Resources;

namespace Slipway.Pipelines;

/// <summary>Pipelines: durable graphs of steps, and the triggers that start them.</summary>
public sealed class PipelinesModule : IModule
{
    public string Name => "pipelines";

    public IEnumerable<ResourceKind> Kinds => [PipelineKind.Kind, TriggerKind.Kind];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection("Slipway:Pipelines");
        var options = PipelinesSettings.Read(section);
        var faults = options.Faults().ToList();
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", faults));
        }

        services.AddSingleton(options);
        services.AddSingleton<PipelinesMetrics>();
        services.AddSingleton<RunStore>();
        services.AddSingleton<ComponentCatalog>();
        services.AddSingleton<IStepExecutor, BuiltInExecutor>();
        services.AddSingleton<StepRunner>();
        services.AddSingleton<RunPlans>();
        services.AddSingleton<RunEngine>();
        services.AddSingleton<RunService>();
        services.AddSingleton<IPipelineRuns, PipelineRuns>();
        services.AddSingleton<IController, TriggerController>();
        services.AddHostedService<RunKeeper>();
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        SubmitRun.Map(routes);
        GetRun.Map(routes);
        ListRuns.Map(routes);
        CancelRun.Map(routes);
    }
}
