using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;
using Slipway.Serving.Trials;

namespace Slipway.Serving.Releases;

/// <summary>What the module registers for Rollouts.</summary>
internal static class ReleasesRegistration
{
    public static ResourceKind Kind => RolloutKind.Definition;

    public static IServiceCollection AddReleases(this IServiceCollection services)
    {
        services.AddSingleton<TrialTable>().AddSingleton<TrialStore>().AddSingleton<TrialFlush>().AddHostedService(p => p.GetRequiredService<TrialFlush>());
        return services.AddSingleton<ReleaseStore>().AddSingleton<ReleaseGate>().AddSingleton<ReleaseSight>().AddSingleton<RolloutRoutes>()
            .AddController<RolloutController>();
    }
}
