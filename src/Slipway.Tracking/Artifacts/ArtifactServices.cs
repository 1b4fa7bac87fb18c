using Microsoft.Extensions.DependencyInjection;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Tracking.Artifacts.Http;
using Slipway.Tracking.Artifacts.Storage;

namespace Slipway.Tracking.Artifacts;

/// <summary>The artifact files' services.</summary>
internal static class ArtifactServices
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<ArtifactTree>();
        services.AddSingleton<ArtifactFiles>();
        services.AddSingleton<IArtifactFiles>(provider => provider.GetRequiredService<ArtifactFiles>());
        services.AddSingleton<PartUploads>();
        services.AddSingleton<SignedAddress>();
        services.AddSingleton<ArtifactCollector>();
        services.AddHostedService(provider => provider.GetRequiredService<ArtifactCollector>());
    }
}
