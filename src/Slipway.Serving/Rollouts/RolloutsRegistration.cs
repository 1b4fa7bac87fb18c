using Microsoft.Extensions.DependencyInjection;
using Slipway.Platform.Controllers;
using Slipway.Platform.Resources;

namespace Slipway.Serving.Rollouts;

/// <summary>What the module registers for promotion policies.</summary>
internal static class RolloutsRegistration
{
    public static ResourceKind Kind => PromotionPolicyKind.Definition;

    /// <summary>Needs the ports of the registry and of monitoring besides the floor.</summary>
    public static IServiceCollection AddRollouts(this IServiceCollection services) =>
        services.AddSingleton<RolloutStore>().AddSingleton<RolloutActions>().AddController<PromotionPolicyController>();
}
