using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;

namespace Slipway.Platform.Resources.Storage;

/// <summary>Forgets replaced bodies after a while, so that the history stays as small as the last few minutes of change.</summary>
internal sealed partial class HistoryCompactor(IDatabase database, TimeProvider time, ILogger<HistoryCompactor> logger) : BackgroundService
{
    /// <summary>As etcd's default under Kubernetes: long enough to page through a list or resume a watch.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Forgets what was replaced before <paramref name="before"/>. Returns how many bodies.</summary>
    public Task<Result<int>> CompactAsync(DateTimeOffset before, CancellationToken cancellation) => database.WriteAsync<int>(
        async (session, _) => await ResourceRowStore.CompactAsync(session, Micros.Of(before)), cancellation);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await CompactAsync(time.GetUtcNow() - Kept, stoppingToken);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogFailed(logger, e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Compacting the history of resources failed; the next minute tries again")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
