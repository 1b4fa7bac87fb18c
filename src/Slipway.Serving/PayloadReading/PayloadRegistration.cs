using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Hosting;
using Slipway.Platform.Http;
using Slipway.Serving.Doors;
using Slipway.Serving.Outbound;
using Slipway.Serving.Payloads;
using Slipway.Serving.Reconciling;
using Slipway.Serving.Sinks;

namespace Slipway.Serving.PayloadReading;

/// <summary>What the module registers for payloads: event sinks, payload files and their routes.</summary>
internal static class PayloadRegistration
{
    public static IServiceCollection AddPayloads(this IServiceCollection services)
    {
        services.AddSingleton<PayloadMetrics>().AddSingleton<OutboundHttp>().AddSingleton<EventSinks>().AddSingleton<EventTap>().AddSingleton<TransformerCalls>().AddSingleton<TransformerCode>().AddSingleton<ServiceDoor>();
        services.AddSingleton(provider => new PayloadFolder(Path.Combine(provider.GetRequiredService<DataFolder>().FullPath, "payloads")));
        services.AddSingleton<PayloadStorages>().AddSingleton<PayloadUploader>().AddSingleton<PayloadEngine>().AddSingleton<ParquetPacker>().AddSingleton<PayloadLog>();
        services.AddSingleton<StoredPayloads>().AddSingleton<LabelStore>().AddSingleton<PayloadQuery>().AddSingleton<QueryPayloads>().AddSingleton<PayloadFiles>();
        return services.AddSingleton<LoggerStatus>().AddSingleton<TransformerStatus>();
    }

    /// <summary>Stopped in reverse: answers stop coming, then the log seals its spools, then they are packed, then uploaded.</summary>
    public static IServiceCollection AddPayloadWorkers(this IServiceCollection services) => services
        .AddHostedService(p => p.GetRequiredService<PayloadUploader>())
        .AddHostedService(p => p.GetRequiredService<ParquetPacker>())
        .AddHostedService(p => p.GetRequiredService<PayloadLog>())
        .AddHostedService(p => p.GetRequiredService<EventSinks>())
        .AddHostedService<SinkWatch>();

    public static void MapPayloads(this IEndpointRouteBuilder routes, string service)
    {
        routes.MapGet($"{service}/payloads", (HttpContext http, QueryPayloads operation) => operation.HandleAsync(http)).RequirePermission("predictions.read");
        routes.MapGet($"{service}/payloads/files", (HttpContext http, PayloadFiles operation) => operation.ListAsync(http)).RequirePermission("predictions.read");
        routes.MapGet($"{service}/payloads/files/{{day}}/{{file}}", (HttpContext http, PayloadFiles operation) => operation.GetAsync(http))
            .RequirePermission("predictions.read");
    }
}
