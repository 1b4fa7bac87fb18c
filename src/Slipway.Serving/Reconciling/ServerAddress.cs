using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Slipway.Serving.Reconciling;

/// <summary>Where this server is reached, for the addresses in the status.</summary>
internal sealed class ServerAddress(ServingOptions options, IServiceProvider services)
{
    /// <summary>The configured address, else the first one listened on; null before the server listens.</summary>
    public string? Find()
    {
        var address = options.PublicUrl ?? services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        return address?.Replace("//0.0.0.0", "//127.0.0.1", StringComparison.Ordinal).Replace("//[::]", "//127.0.0.1", StringComparison.Ordinal).TrimEnd('/');
    }
}
