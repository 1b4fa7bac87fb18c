using System.Net;
using System.Net.Sockets;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Outbound;

/// <summary>
/// The client for every address that stands in a manifest: sinks, transformers, steps of graphs. It follows no redirects (one could lead where the
/// address was not allowed to) and checks <see cref="OutboundRules"/> at every connection.
/// </summary>
internal sealed class OutboundHttp : IDisposable
{
    private readonly HttpClient _client;

    public OutboundHttp(ServingOptions options)
    {
        Rules = new OutboundRules(options.OutboundHosts);
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectTimeout = TimeSpan.FromSeconds(10),
            ConnectCallback = ConnectAsync,
        }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public OutboundRules Rules { get; }

    /// <summary>Sends to an address that <see cref="Rules"/> allow. The caller limits the time with its token.</summary>
    /// <exception cref="HttpRequestException">Nobody answered, or the address may not be called.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        Rules.Refuse(request.RequestUri!) is { } refused
            ? throw new HttpRequestException(refused)
            : _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);

    /// <summary>Reads an answer's body; TooLarge beyond the limit.</summary>
    public static async Task<Result<byte[]>> ReadAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var read = new MemoryStream();
        var chunk = new byte[16 << 10];
        int count;
        while ((count = await stream.ReadAsync(chunk, cancellation)) > 0)
        {
            if (read.Length + count > maxBytes)
            {
                return new Problem(ProblemCode.TooLarge, $"the answer has more than {maxBytes} bytes");
            }

            read.Write(chunk, 0, count);
        }

        return read.ToArray();
    }

    public void Dispose() => _client.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation);
        var allowed = addresses.Where(a => Rules.MayConnect(host, port, a)).ToArray();
        if (allowed.Length == 0)
        {
            throw new HttpRequestException(addresses.Length == 0
                ? $"{host} has no address"
                : $"{host} is the link-local address {addresses[0]}, which is only called when Serving:OutboundHosts lists {host}");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
