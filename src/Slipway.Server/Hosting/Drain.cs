using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Slipway.Platform.Hosting;

namespace Slipway.Server.Hosting;

/// <summary>
/// How a server leaves without costing a caller its answer: it says that it is not ready, stops listening, asks every caller to hang up with its next
/// answer (<c>Connection: close</c>), and lets Kestrel end only when no request has come for a moment. Without this, requests that cross the end of
/// their idle connection are lost (kserve#3360). HTTP/2 needs no such help: Kestrel's GOAWAY says which streams it took.
/// </summary>
internal sealed class Drain(Listeners listeners, TimeProvider time) : IHostedLifecycleService, IReadinessCheck
{
    /// <summary>A caller that answers its last answer at once is heard well within this.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    /// <summary>Half of what the host gives to a stop: requests under way get the rest.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private volatile bool _isDraining;
    private long _lastBegan;

    public string? NotReadyBecause => _isDraining ? "the server is stopping" : null;

    /// <summary>Called for every request; costs one read until the server stops.</summary>
    public void OnRequest(HttpContext http)
    {
        if (!_isDraining)
        {
            return;
        }

        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            Volatile.Write(ref _lastBegan, time.GetTimestamp());
            http.Response.Headers.Connection = "close";
        }
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // Not listening any more first: who is asked to hang up must not come back here.
        await listeners.CloseAsync();
        var started = time.GetTimestamp();
        Volatile.Write(ref _lastBegan, started);
        _isDraining = true;
        while (time.GetElapsedTime(Volatile.Read(ref _lastBegan)) is var quiet && quiet < Quiet && time.GetElapsedTime(started) < Longest)
        {
            await Task.Delay(Quiet - quiet, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
