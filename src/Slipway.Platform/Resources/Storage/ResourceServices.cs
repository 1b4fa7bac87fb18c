using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Platform.Resources.Storage;

public static class ResourceServices
{
    /// <summary>
    /// The resource store and its background work. Needs <see cref="KindCatalog"/> (with <see cref="Kinds.CoreKinds.All"/> in it), <see cref="IDatabase"/>,
    /// <see cref="IEventLog"/>, <see cref="TimeProvider"/> and logging; the database must be migrated before the host starts.
    /// </summary>
    public static IServiceCollection AddResources(this IServiceCollection services)
    {
        services.AddSingleton(p => new ResourceStore(p.GetRequiredService<IDatabase>(), p.GetRequiredService<IEventLog>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IResourceStore>(p => p.GetRequiredService<ResourceStore>());
        services.AddHostedService<DefaultNamespace>();
        services.AddHostedService<GarbageCollector>();
        services.AddHostedService<HistoryCompactor>();
        return services;
    }
}
