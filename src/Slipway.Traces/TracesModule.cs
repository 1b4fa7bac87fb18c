using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Modules;
using Slipway.Traces.Assessments;
using Slipway.Traces.Datasets;
using Slipway.Traces.Infos;
using Slipway.Traces.Issues;
using Slipway.Traces.Legacy;
using Slipway.Traces.Links;
using Slipway.Traces.Metrics;
using Slipway.Traces.Removal;
using Slipway.Traces.Scorers;
using Slipway.Traces.Searches;
using Slipway.Traces.Spans;
using Slipway.Traces.Unoffered;

namespace Slipway.Traces;

/// <summary>Traces of applications: what was asked and answered, in which steps, and what people and judges said about it.</summary>
public sealed class TracesModule : IModule
{
    public string Name => "traces";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<TraceRecorder>();
        services.AddSingleton<TraceReader>();
        services.AddHostedService<ExperimentSweeper>();
    }

    public void MapRoutes(IEndpointRouteBuilder routes)
    {
        TraceRoutes.Map(routes);
        SearchRoutes.Map(routes);
        ReceiveSpans.Map(routes);
        AssessmentRoutes.Map(routes);
        LinkRoutes.Map(routes);
        LegacyRoutes.Map(routes);
        MetricRoutes.Map(routes);
        DatasetRoutes.Map(routes);
        RecordRoutes.Map(routes);
        ScorerRoutes.Map(routes);
        IssueRoutes.Map(routes);
        UnofferedRoutes.Map(routes);
    }
}
