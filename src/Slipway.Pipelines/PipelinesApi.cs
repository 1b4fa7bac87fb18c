using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Pipelines.Catalog;
using Slipway.Pipelines.Experiments;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.RunApi;
using Slipway.Pipelines.Schedules;
using Slipway.Pipelines.Triggers;

namespace Slipway.Pipelines;

/// <summary>The v2beta1 API of Kubeflow Pipelines, and what starts runs by itself.</summary>
internal static class PipelinesApi
{
    public static void AddServices(IServiceCollection services, IConfiguration section)
    {
        services.AddSingleton<CatalogStore>();
        services.AddSingleton<PackageSource>();
        services.AddHttpClient(PackageSource.ClientName).ConfigureHttpClient(client => client.Timeout = TimeSpan.FromSeconds(30));
        services.AddSingleton<ExperimentStore>();
        services.AddSingleton<RunListStore>();
        services.AddSingleton<RunSources>();
        services.AddSingleton<RunCreation>();
        services.AddSingleton(ScheduleOptions.Read(section["CronTimeZone"]));
        services.AddSingleton<ScheduleStore>();
        services.AddSingleton<ScheduleTicker>();
        services.AddHostedService(provider => provider.GetRequiredService<ScheduleTicker>());
        services.AddSingleton<EventTriggers>();
        services.AddSingleton<TriggerDeliveryStore>();
        services.AddSingleton<TriggerDelivery>();
        services.AddHostedService(provider => provider.GetRequiredService<TriggerDelivery>());
    }

    public static void MapRoutes(IEndpointRouteBuilder routes)
    {
        Healthz.Map(routes);
        var kfp = routes.MapKfp();
        CatalogRoutes.Map(kfp);
        ExperimentRoutes.Map(kfp);
        RunRoutes.Map(kfp);
        ScheduleRoutes.Map(kfp);
        ReceiveWebhook.Map(routes);
    }
}
