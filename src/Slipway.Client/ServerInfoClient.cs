using System.Text.Json.Nodes;
using Slipway.Client.Transport;
using Slipway.Kernel.Problems;

namespace Slipway.Client;

/// <summary>What the server is, and whether it is ready.</summary>
public sealed class ServerInfoClient
{
    private readonly HttpTransport _transport;

    internal ServerInfoClient(HttpTransport transport) => _transport = transport;

    /// <summary>The Kubernetes-shaped version, with <c>gitVersion</c>.</summary>
    public Task<Result<JsonObject>> GetVersionAsync(CancellationToken cancellation) => _transport.GetObjectAsync("version", cancellation);
}
