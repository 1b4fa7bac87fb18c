using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Server.Tests.Hosting;

/// <summary>A server that stops costs no caller an answer: a caller is refused before it has sent anything, or it is answered.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task CallersOnOpenConnections_AreAnsweredToTheLast_AndAskedToHangUp()
    {
        var server = await TestServer.StartAsync();
        var address = server.Http.BaseAddress!;
        var (lost, asked) = (new ConcurrentQueue<string>(), 0);
        var started = new CountdownEvent(8);
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            // By hand, since an HttpClient would quietly send a lost request again.
            for (var first = true; ; first = false)
            {
                using var socket = new TcpClient();
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, address.Port);
                }
                catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
                {
                    return;
                }

                if (await TalkAsync(socket, first ? started : null) is { } fault)
                {
                    lost.Enqueue(fault);
                    return;
                }

                Interlocked.Increment(ref asked);
            }
        })).ToArray();
        Assert.True(started.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        await server.DisposeAsync();
        await Task.WhenAll(callers);
        Assert.Empty(lost);
        Assert.True(asked >= 8, $"{asked} callers were asked to hang up");
    }

    [Fact]
    public async Task AnIdleServer_StopsQuickly()
    {
        var server = await TestServer.StartAsync();
        var started = TimeProvider.System.GetTimestamp();
        await server.DisposeAsync();
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(4));
    }

    /// <summary>Asks again and again on one connection until the server wants it closed; what went wrong, or null.</summary>
    private static async Task<string?> TalkAsync(TcpClient socket, CountdownEvent? started)
    {
        var stream = socket.GetStream();
        var request = Encoding.ASCII.GetBytes("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
        var buffer = new byte[4096];
        try
        {
            for (var i = 0; ; i++)
            {
                await stream.WriteAsync(request);
                var text = new StringBuilder();
                while (!text.ToString().EndsWith("ok", StringComparison.Ordinal) && !text.ToString().EndsWith("0\r\n\r\n", StringComparison.Ordinal))
                {
                    var read = await stream.ReadAsync(buffer);
                    if (read == 0)
                    {
                        return $"closed after {i} answers with '{text}'";
                    }

                    text.Append(Encoding.ASCII.GetString(buffer, 0, read));
                }

                if (i == 0)
                {
                    started?.Signal();
                }

                if (text.ToString().Contains("Connection: close", StringComparison.OrdinalIgnoreCase))
                {
                    return null;
                }
            }
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }
}
