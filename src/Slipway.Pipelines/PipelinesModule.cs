using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Slipway.Compute.Backends;
using Slipway.Compute.Containers;
using Slipway.Compute.Logs;
using Slipway.Compute.Processes;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Pipelines.Artifacts;
using Slipway.Pipelines.Definitions;
using Slipway.Pipelines.Engine;
using Slipway.Pipelines.Lineage;
using Slipway.Pipelines.Logs;
using Slipway.Pipelines.Runs;
using Slipway.Pipelines.Steps;
using Slipway.Pipelines.Storage;
using Slipway.Pipelines.Triggers;
using Slipway.Pipelines.Workers;
using Slipway.Platform.Controllers;
using Slipway.Platform.Modules;
using Slipway.Platform.Objects;
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

        services.AddSingleton(provider => options with { Folder = options.Folder ?? PipelinesSettings.DefaultFolder(provider) });
        services.TryAddSingleton(provider => new ComputeBackends(
            new ProcessBackend(new ProcessOptions(), provider.GetRequiredService<TimeProvider>()),
            new ContainerBackend(new ContainerOptions(), provider.GetRequiredService<TimeProvider>())));
        services.TryAddSingleton<WorkloadLogs>();
        services.AddSingleton<PipelinesMetrics>();
        services.AddSingleton<RunStore>();
        services.AddSingleton<IObjectHolder>(provider => provider.GetRequiredService<RunStore>());
        services.AddSingleton<ComponentCatalog>();
        services.AddSingleton<RunLogs>();
        services.AddSingleton<LogArchive>();
        services.AddSingleton<ArtifactShelf>();
        services.AddSingleton<WorkloadSettings>();
        services.AddSingleton<PythonSteps>();
        services.AddSingleton<ImageDigests>();
        services.AddSingleton<IStepExecutor, BuiltInExecutor>();
        services.AddSingleton<IStepExecutor, ImporterExecutor>();
        services.AddSingleton<IStepExecutor, VolumeExecutor>();
        services.AddSingleton<IStepExecutor, WorkloadExecutor>();
        services.AddSingleton<StepRunner>();
        services.AddSingleton<RunPlans>();
        services.AddSingleton<RunEngine>();
        services.AddSingleton<RunService>();
        services.AddSingleton<LogService>();
        services.AddSingleton<LineageWalk>();
        services.AddSingleton<StepRescue>();
        services.AddSingleton<IPipelineRuns, PipelineRuns>();
        services.AddSingleton<IController, TriggerController>();
        PipelinesApi.AddServices(services, section);
        services.AddHostedService<RunKeeper>();
        services.AddHostedService<OpenLineageSender>();
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        SubmitRun.Map(routes);
        GetRun.Map(routes);
        ListRuns.Map(routes);
        CancelRun.Map(routes);
        RunAgain.Map(routes);
        DeleteRun.Map(routes);
        ReadLog.Map(routes);
        PipelinesApi.MapRoutes(routes);
        ReadLineage.Map(routes);
    }
}
