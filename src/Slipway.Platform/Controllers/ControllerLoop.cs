using Microsoft.Extensions.Logging;
using Slipway.Platform.Events;

namespace Slipway.Platform.Controllers;

/// <summary>One controller at work: events and resyncs fill its queue, workers empty it. Runs until cancelled; a bug in the controller never ends it.</summary>
internal sealed class ControllerLoop(
    IController controller, IEventLog events, ControllerOptions options, TimeProvider time, Random random, ILogger log)
{
    private readonly Lock _lock = new();
    private readonly ReconcileQueue<ResourceRef> _queue = new(options.Limits, random, time.GetUtcNow());
    private readonly SemaphoreSlim _bell = new(0);

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var identity = CallIdentity.ActAs($"controller:{controller.Name}");
        Task[] all =
        [
            ForeverAsync("follow events", FollowAsync, cancellation), ForeverAsync("list its keys", ResyncAsync, cancellation),
            .. Enumerable.Range(0, options.Workers).Select(_ => WorkAsync(cancellation)),
        ];
        await Task.WhenAll(all);
        ControllerMetrics.OnDepthChanged(controller.Name, -_queue.Waiting);
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        // Whatever happened before this point is covered by a list that is taken after it.
        var head = await events.HeadAsync(cancellation);
        await ListAsync(cancellation);
        await foreach (var e in events.FollowAsync(head, new EventFilter(), cancellation))
        {
            if (controller.EventTypes.Any(prefix => e.Type.StartsWith(prefix, StringComparison.Ordinal)) && KeysOf(e) is { Count: > 0 } keys)
            {
                Add(keys);
            }
        }
    }

    private async Task ResyncAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(options.ResyncEvery, time, cancellation);
            await ListAsync(cancellation);
        }
    }

    private async Task ListAsync(CancellationToken cancellation) => Add(await controller.ListKeysAsync(cancellation));

    private IReadOnlyList<ResourceRef> KeysOf(Event e)
    {
        try
        {
            return controller.KeysOf(e);
        }
        catch (Exception failure)
        {
            // One odd event must not cut the controller off from all later ones.
            log.SurroundingsFailed(failure, controller.Name, $"read event {e.Sequence}");
            return [];
        }
    }

    private async Task WorkAsync(CancellationToken cancellation)
    {
        while (await TakeAsync(cancellation) is { } key)
        {
            var started = time.GetTimestamp();
            var outcome = await ReconcileAsync(key, cancellation);
            ControllerMetrics.OnReconciled(controller.Name, Name(outcome), time.GetElapsedTime(started));
            Change(queue => queue.Done(key, outcome, time.GetUtcNow()));
        }
    }

    /// <summary>The next key, or null when cancelled.</summary>
    private async Task<ResourceRef?> TakeAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            ResourceRef? taken = null;
            DateTimeOffset? nextAt = null;
            Change(queue =>
            {
                if (queue.TryTake(time.GetUtcNow(), out var key))
                {
                    taken = key;
                }
                else
                {
                    nextAt = queue.NextAt(time.GetUtcNow());
                }
            });
            if (taken is not null)
            {
                return taken;
            }

            await WaitAsync(nextAt, cancellation);
        }

        return null;
    }

    private async Task WaitAsync(DateTimeOffset? until, CancellationToken cancellation)
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var rung = _bell.WaitAsync(given.Token);
        if (until is { } due)
        {
            var delay = due - time.GetUtcNow();
            await Task.WhenAny(rung, Task.Delay(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, time, given.Token));
        }
        else
        {
            await Task.WhenAny(rung);
        }

        await given.CancelAsync();
    }

    private async Task<ReconcileOutcome> ReconcileAsync(ResourceRef key, CancellationToken cancellation)
    {
        try
        {
            var outcome = await controller.ReconcileAsync(key, cancellation);
            if (outcome is ReconcileOutcome.Failed failed)
            {
                log.ReconcileFailed(controller.Name, key, failed.Reason);
            }

            return outcome;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ReconcileOutcome.Retry("stopped");
        }
        catch (Exception failure)
        {
            log.ReconcileThrew(failure, controller.Name, key);
            return ReconcileOutcome.Retry(failure.Message);
        }
    }

    private async Task ForeverAsync(string doing, Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await work(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                log.SurroundingsFailed(failure, controller.Name, doing);
                await Task.Delay(options.PauseAfterFailure, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Add(IReadOnlyList<ResourceRef> keys) => Change(queue =>
    {
        foreach (var key in keys)
        {
            queue.Add(key);
        }
    });

    private void Change(Action<ReconcileQueue<ResourceRef>> change)
    {
        int waiting, ready;
        lock (_lock)
        {
            (waiting, ready) = (_queue.Waiting, _queue.Ready);
            change(_queue);
            (waiting, ready) = (_queue.Waiting - waiting, _queue.Ready - ready);
        }

        ControllerMetrics.OnDepthChanged(controller.Name, waiting);

        // One ring per worker at most: each looks at the queue again when it wakes. A key that waited for later and is wanted now is no more
        // waiting than before, but it is ready.
        if (Math.Min(Math.Max(waiting, ready), options.Workers - _bell.CurrentCount) is > 0 and var rings)
        {
            _bell.Release(rings);
        }
    }

    private static string Name(ReconcileOutcome outcome) => outcome switch
    {
        ReconcileOutcome.Settled => "settled",
        ReconcileOutcome.Again => "again",
        _ => "failed",
    };
}
