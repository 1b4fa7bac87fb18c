using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;
using Slipway.Platform.Hosting;

namespace Slipway.Serving.Reconciling;

/// <summary>
/// Loads every service before the server begins to listen (hosted services start before Kestrel does), so that a restart answers its first request
/// instead of denying that the model exists. When the database is away just then, the server starts all the same, says that it is not ready, and
/// tries again.
/// </summary>
internal sealed class RoutesAtStart(ServiceRouting routing, TimeProvider time, ILogger<RoutesAtStart> log) : BackgroundService, IReadinessCheck
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private volatile bool _loaded;

    public string? NotReadyBecause => _loaded ? null : "the inference services are not loaded yet";

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryLoadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!_loaded && !stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await TryLoadAsync(stoppingToken);
        }
    }

    private async Task TryLoadAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var key in await routing.ListKeysAsync(cancellation))
            {
                (await routing.RouteAsync(key, cancellation)).OrThrow();
            }

            _loaded = true;
        }
        catch (Exception e) when (e is ProblemException or System.Data.Common.DbException or IOException or TimeoutException)
        {
            log.LogError(e, "Not every inference service could be loaded; it is tried again, and the server is not ready until then");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server stops before it was ready.
        }
    }
}
