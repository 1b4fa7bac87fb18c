using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Pipelines.Engine;

namespace Slipway.Pipelines.Workers;

/// <summary>Shows that this server lives, and looks for runs that nobody runs: those of a dead server, and those that a busy one left lying.</summary>
internal sealed partial class RunKeeper(RunEngine engine, TimeProvider time, ILogger<RunKeeper> logger) : BackgroundService
{
    // What was made here needs no looking for; this is for what other replicas leave.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await engine.LeaveAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var shown = DateTimeOffset.MinValue;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (time.GetUtcNow() - shown >= RunEngine.LifeSign)
                {
                    await engine.ShowLifeAsync(stoppingToken);
                    shown = time.GetUtcNow();
                }

                await engine.LookAroundAsync(stoppingToken);
                await Task.Delay(Pause, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The database may be away for a moment; runs that live here wait for it by themselves.
                LogLookingFailed(exception);
                await Task.Delay(Pause, time, CancellationToken.None);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Looking for pipeline runs failed; trying again")]
    private partial void LogLookingFailed(Exception exception);
}
