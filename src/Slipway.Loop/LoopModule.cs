using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Loop.Components;
using Slipway.Loop.Definitions;
using Slipway.Loop.Progress;
using Slipway.Loop.Replay;
using Slipway.Loop.Reports;
using Slipway.Platform.Controllers;
using Slipway.Platform.Modules;
using Slipway.Platform.Resources;

namespace Slipway.Loop;

/// <summary>The closed loop: the Loop kind, the replay that drives it, and the components of its retraining pipeline.</summary>
public sealed class LoopModule : IModule
{
    public string Name => "loop";

    public IEnumerable<ResourceKind> Kinds => [LoopKind.Kind];

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<LoopStore>();
        services.AddSingleton<LoopChildren>();
        services.AddSingleton<InferenceClient>();
        services.AddSingleton<ReplayStep>();
        services.AddSingleton<SettleBarrier>();
        services.AddSingleton<WindowReport>();
        services.AddSingleton<Journal>();
        services.AddSingleton<IController, LoopController>();
        services.AddSingleton<IPipelineComponent, CollectLabelled>();
        services.AddSingleton<IPipelineComponent, SplitByTime>();
        services.AddSingleton<IPipelineComponent, Train>();
        services.AddSingleton<IPipelineComponent, Evaluate>();
        services.AddSingleton<IPipelineComponent, Gate>();
        services.AddSingleton<IPipelineComponent, Register>();
    }

    public void MapRoutes(IEndpointRouteBuilder routes) => LoopReport.Map(routes);
}
