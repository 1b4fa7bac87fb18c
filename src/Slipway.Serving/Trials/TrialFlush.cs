using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Slipway.Serving.Trials;

/// <summary>Hands what this replica measured to the one that decides, every other second while a rollout is under way.</summary>
internal sealed class TrialFlush(TrialTable trials, TrialStore store, TimeProvider time, ILogger<TrialFlush> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <summary>At once, for who is about to decide in this process.</summary>
    public async Task FlushAsync(string ns, string service, CancellationToken cancellation)
    {
        if (trials.Find(ns, service) is { } trial)
        {
            (await store.SaveAsync(trial, cancellation)).OrThrow();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await FlushAllAsync();
        }
    }

    private async Task FlushAllAsync()
    {
        foreach (var trial in trials.All)
        {
            try
            {
                if ((await store.SaveAsync(trial, CancellationToken.None)).Problem is { } problem)
                {
                    log.LogWarning("The figures of {Service} could not be kept: {Problem}", trial.Service, problem.Message);
                }
            }
            catch (Exception e) when (e is System.Data.Common.DbException or TimeoutException)
            {
                log.LogWarning(e, "The figures of {Service} could not be kept; they are with the next", trial.Service);
            }
        }
    }
}
