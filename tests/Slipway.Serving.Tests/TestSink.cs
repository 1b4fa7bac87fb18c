using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Slipway.Serving.Tests;

/// <summary>What a server got, with its headers in lower case.</summary>
internal sealed record Received(string Path, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string this[string header] => Headers[header];
}

/// <summary>A real HTTP server on loopback that remembers what it is sent.</summary>
internal sealed class TestSink : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestSink(WebApplication app) => (_app, Url) = (app, app.Urls.First());

    public string Url { get; }

    public ConcurrentQueue<Received> All { get; } = new();

    public static async Task<TestSink> StartAsync(Func<HttpContext, Received, Task>? answer = null, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var app = builder.Build();
        TestSink? sink = null;
        app.Run(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var body = await reader.ReadToEndAsync(http.RequestAborted);
            var received = new Received(
                http.Request.Path + http.Request.QueryString, http.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString(), StringComparer.Ordinal), body);
            sink!.All.Enqueue(received);
            if (answer is not null)
            {
                await answer(http, received);
            }
        });
        await app.StartAsync();
        sink = new TestSink(app);
        return sink;
    }

    /// <summary>Waits until so many requests came; the limit ends a wait in vain.</summary>
    public async Task<Received[]> UntilAsync(int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (All.Count < count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }

        return [.. All];
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }
}
