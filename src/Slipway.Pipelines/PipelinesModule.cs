using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Pipelines.Definitions;
using Slipway.Pipelines.Dispatch;
using Slipway.Pipelines.Runs;
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
        var options = new PipelinesOptions
        {
            ParallelSteps = section.GetValue(nameof(PipelinesOptions.ParallelSteps), new PipelinesOptions().ParallelSteps),
            MaxAttempts = section.GetValue(nameof(PipelinesOptions.MaxAttempts), new PipelinesOptions().MaxAttempts),
        };
        var faults = options.Faults().ToList();
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", faults));
        }

        services.AddSingleton(options);
        services.AddSingleton<PipelinesMetrics>();
        services.AddSingleton<RunStore>();
        services.AddSingleton<ComponentCatalog>();
        services.AddSingleton<DispatchSignal>();
        services.AddSingleton<IPipelineRuns, PipelineRuns>();
        services.AddSingleton<IController, TriggerController>();
        services.AddHostedService<StepDispatcher>();
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        SubmitRun.Map(routes);
        GetRun.Map(routes);
        ListRuns.Map(routes);
        CancelRun.Map(routes);
    }
}
