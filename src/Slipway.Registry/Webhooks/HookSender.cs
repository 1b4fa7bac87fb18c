using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Registry.Domain;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Webhooks;

/// <summary>
/// Sends what is due, in this replica or another: each delivery is claimed for a while, so that one that dies with a claim only delays it. Sleeps until
/// something is queued (the event log tells) or the next retry is due.
/// </summary>
internal sealed class HookSender(
    IDatabase database, IEventLog events, HookClient client, RegistryOptions options, TimeProvider time, ILogger<HookSender> log) : BackgroundService
{
    private const int AtOnce = 16;

    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    private readonly SemaphoreSlim _bell = new(0);
    private DateTimeOffset _pruned;

    public override void Dispose()
    {
        _bell.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The start does not wait for the first look at the table.
        await Task.Yield();
        var listening = ListenAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await SendDueAsync(stoppingToken) == 0)
                {
                    await SleepAsync(stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                log.SendingFailed(failure);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await listening;
    }

    /// <summary>How many were tried.</summary>
    internal async Task<int> SendDueAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var next = await database.ReadAsync((session, _) => HookStore.NextDueAsync(session), cancellation);
        if (next is null || next > Micros.Of(now))
        {
            return 0;
        }

        // Two replicas that claim in the same microsecond must not take each other's.
        var until = Micros.Of(now + Lease) + Random.Shared.Next(1_000_000);
        var claimed = await database.WriteAsync<IReadOnlyList<DeliveryRow>>(
            async (session, _) => Result.From(await HookStore.ClaimAsync(session, Micros.Of(now), until, AtOnce)), cancellation);
        var due = claimed.OrThrow();
        await Task.WhenAll(due.Select(d => SendAsync(d, cancellation)));
        return due.Count;
    }

    private async Task SendAsync(DeliveryRow delivery, CancellationToken cancellation)
    {
        var hook = await database.ReadAsync((session, _) => HookStore.FindAsync(session, delivery.Namespace, delivery.Webhook), cancellation);
        var attempts = (int)delivery.Attempts + 1;
        if (hook is not { Status: "ACTIVE" })
        {
            await WriteAsync(session => HookStore.CloseAsync(session, delivery.Id, "dropped", "the webhook was disabled", attempts - 1), cancellation);
            return;
        }

        var answer = await client.SendAsync(hook, delivery.Id, delivery.Payload, cancellation);
        var outcome = answer.Status is { } status ? $"{status}" : answer.Text;
        var now = time.GetUtcNow();
        var again = answer.MayTryAgain
            ? HookRetries.After(answer.Status is not null, attempts, now - delivery.Created, options.Retries, options.Patience, answer.RetryAfter, Random.Shared.NextDouble())
            : null;
        if (again is { } wait)
        {
            await WriteAsync(session => HookStore.PostponeAsync(session, delivery.Id, Micros.Of(now + wait), outcome, attempts), cancellation);
            return;
        }

        if (!answer.Succeeded)
        {
            log.DeliveryFailed(hook.Name, delivery.Event, attempts, outcome);
        }

        await WriteAsync(session => HookStore.CloseAsync(session, delivery.Id, answer.Succeeded ? "delivered" : "failed", outcome, attempts), cancellation);
    }

    private async Task SleepAsync(CancellationToken cancellation)
    {
        if (time.GetUtcNow() - _pruned > LongestSleep)
        {
            _pruned = time.GetUtcNow();
            await WriteAsync(session => HookStore.PruneAsync(session, Micros.Of(_pruned - KeptFor)), cancellation);
        }

        var next = await database.ReadAsync((session, _) => HookStore.NextDueAsync(session), cancellation);
        var wait = next is { } due ? Micros.ToTime(due) - time.GetUtcNow() : LongestSleep;
        if (wait <= TimeSpan.Zero)
        {
            return;
        }

        using var awake = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var bell = _bell.WaitAsync(awake.Token);
        await Task.WhenAny(bell, Task.Delay(wait < LongestSleep ? wait : LongestSleep, time, awake.Token));
        await awake.CancelAsync();
        await bell.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        try
        {
            var head = await events.HeadAsync(cancellation);

            // What was queued before the listening began is seen by one more look.
            _bell.Release();
            await foreach (var _ in events.FollowAsync(head, new EventFilter(Outbox.Queued), cancellation))
            {
                _bell.Release();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task WriteAsync(Func<IWriteSession, Task> work, CancellationToken cancellation)
    {
        var written = await database.WriteAsync<Unit>(
            async (session, _) =>
            {
                await work(session);
                return Result.Ok;
            },
            cancellation);
        written.OrThrow();
    }
}

/// <summary>What the sender says.</summary>
internal static partial class HookSenderLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Webhooks could not be sent; they stay queued")]
    public static partial void SendingFailed(this ILogger logger, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhook {Name} was not told of {Event}: given up after {Attempts} attempt(s), last {Outcome}")]
    public static partial void DeliveryFailed(this ILogger logger, string name, string @event, int attempts, string outcome);
}
