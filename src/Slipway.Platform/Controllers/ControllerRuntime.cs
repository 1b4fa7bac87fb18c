using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Platform.Events;
using Slipway.Platform.Leases;

namespace Slipway.Platform.Controllers;

/// <summary>Runs every controller in one process of all replicas: the one that holds the lease <c>controllers</c>.</summary>
internal sealed class ControllerRuntime(
    IEnumerable<IController> controllers, IEventLog events, ILeases leases, ControllerOptions options, TimeProvider time, ILogger<ControllerRuntime> log)
    : BackgroundService
{
    public const string LeaseName = "controllers";

    private readonly IController[] _controllers = [.. controllers];

    private readonly string _holder = string.Create(
        CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid().ToString("N")[..8]}");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The rest of the start-up does not wait for the first lease.
        await Task.Yield();
        while (_controllers.Length > 0 && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await leases.TryAcquireAsync(LeaseName, _holder, options.LeaseDuration, stoppingToken) is { } lease)
                {
                    await LeadAsync(lease, stoppingToken);
                }
                else
                {
                    await Task.Delay(options.RenewEvery, time, stoppingToken);
                }
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                // Cancelled, or a start that failed has closed the database already: the lease runs out by itself, and there is nothing to try again.
                return;
            }
            catch (Exception failure)
            {
                log.RenewalFailed(failure);
                await Task.Delay(options.PauseAfterFailure, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task LeadAsync(Lease lease, CancellationToken stopping)
    {
        log.LeadershipTaken(_controllers.Length, _holder, lease.Token);
        ControllerMetrics.OnLeadershipTaken();
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var loops = _controllers.Select(c => Task.Run(
            () => new ControllerLoop(c, events, options, time, Random.Shared, log).RunAsync(leading.Token), CancellationToken.None)).ToArray();
        await RenewUntilLostAsync(lease, stopping);
        await leading.CancelAsync();
        await Task.WhenAll(loops);
        ControllerMetrics.OnLeadershipEnded();
        if (stopping.IsCancellationRequested)
        {
            // The next one need not wait for the lease to run out.
            await leases.ReleaseAsync(lease, CancellationToken.None);
        }
        else
        {
            log.LeadershipLost();
        }
    }

    private async Task RenewUntilLostAsync(Lease lease, CancellationToken stopping)
    {
        var until = lease.Until;
        var wait = options.RenewEvery;
        while (true)
        {
            await Task.Delay(wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var left = until - time.GetUtcNow();
            if (stopping.IsCancellationRequested || left <= TimeSpan.Zero)
            {
                return;
            }

            try
            {
                // An answer that comes after the lease has run out is no answer.
                var renewed = await leases.TryAcquireAsync(LeaseName, _holder, options.LeaseDuration, stopping).WaitAsync(left, time, stopping);
                if (renewed?.Token != lease.Token)
                {
                    return;
                }

                (until, wait) = (renewed.Until, options.RenewEvery);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                log.RenewalFailed(failure);
                wait = options.PauseAfterFailure;
            }
        }
    }
}
