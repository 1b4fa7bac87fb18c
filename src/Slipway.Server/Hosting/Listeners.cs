using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Slipway.Server.Hosting;

/// <summary>
/// Kestrel's sockets, whose listening can be ended before Kestrel stops. Kestrel ends both at once: a caller's request that is on its way on an idle
/// connection is then lost, although the connection was open when it was sent.
/// </summary>
internal sealed class Listeners(IOptions<SocketTransportOptions> options, ILoggerFactory log) : IConnectionListenerFactory
{
    private readonly SocketTransportFactory _sockets = new(options, log);
    private readonly ConcurrentBag<IConnectionListener> _open = [];

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = await _sockets.BindAsync(endpoint, cancellationToken);
        _open.Add(listener);
        return listener;
    }

    /// <summary>Further callers are refused by the system; connections that are open stay so.</summary>
    public async Task CloseAsync()
    {
        foreach (var listener in _open)
        {
            await listener.UnbindAsync();
        }
    }
}
