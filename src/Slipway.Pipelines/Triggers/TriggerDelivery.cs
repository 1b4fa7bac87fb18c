using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Ids;
using Slipway.Platform.Events;
using Slipway.Platform.Leases;

namespace Slipway.Pipelines.Triggers;

/// <summary>
/// Walks the event log and hands each event to the triggers, in one server at a time. The place in the log moves on only when every trigger has had the event,
/// so after a crash it is handed over again: at least once, and the triggers see to it that twice is once.
/// </summary>
internal sealed partial class TriggerDelivery(
    EventTriggers triggers, TriggerDeliveryStore store, IEventLog events, ILeases leases, TimeProvider time, ILogger<TriggerDelivery> logger) : BackgroundService
{
    private const string LeaseName = "pipelines.triggers";
    private const int Batch = 500;

    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly string _server = Id.New(time);
    private readonly SemaphoreSlim _round = new(1);

    /// <summary>Delivers what has happened since the last round; true when there may be more.</summary>
    public async Task<bool> DeliverAsync(CancellationToken cancellation)
    {
        await _round.WaitAsync(cancellation);
        try
        {
            return await leases.TryAcquireAsync(LeaseName, _server, LeaseTime, cancellation) is { } lease && await RoundAsync(lease, cancellation);
        }
        finally
        {
            _round.Release();
        }
    }

    public override void Dispose()
    {
        _round.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await DeliverAsync(stoppingToken))
                {
                    await Task.Delay(Pause, time, stoppingToken);
                }
            }
            catch (Exception exception) when (stoppingToken.IsCancellationRequested && exception is OperationCanceledException or ObjectDisposedException)
            {
                // A server that has no time left to stop in order takes the floor away under a round; the place in the log has not moved.
                return;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The database may be away for a moment; the place in the log is kept.
                LogDeliveryFailed(exception);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> RoundAsync(Lease lease, CancellationToken cancellation)
    {
        if (await store.CursorAsync(cancellation) is not { } cursor)
        {
            // The first start: triggers hear of what happens from now on.
            await store.MoveAsync(lease, await events.HeadAsync(cancellation), cancellation);
            return true;
        }

        var batch = await events.ReadAsync(cursor, new EventFilter(), Batch, cancellation);
        if (batch.Count == 0)
        {
            return false;
        }

        var done = cursor;
        var waiting = await triggers.ListAsync(cancellation);
        var types = waiting.SelectMany(t => t.Sources.Select(s => s.EventType)).ToHashSet(StringComparer.Ordinal);
        foreach (var e in batch)
        {
            if (types.Contains(e.Type))
            {
                if (!await HandOverAsync(e, cancellation))
                {
                    break;
                }
            }

            done = e.Sequence;
        }

        return done > cursor && await store.MoveAsync(lease, done, cancellation) && batch.Count == Batch;
    }

    /// <summary>The triggers are read anew for each event that concerns one: the status of an earlier event is part of the judgement.</summary>
    private async Task<bool> HandOverAsync(Event e, CancellationToken cancellation)
    {
        var payload = Parse(e);
        foreach (var (trigger, sources) in await triggers.ListAsync(cancellation))
        {
            var delivered = await triggers.DeliverAsync(trigger, sources, e, payload, cancellation);
            if (!delivered.Succeeded)
            {
                LogWaiting(trigger.Name, e.Sequence, delivered.Problem.Message);
                return false;
            }
        }

        return true;
    }

    private static JsonObject Parse(Event e)
    {
        try
        {
            return JsonNode.Parse(e.Payload.Span) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    [LoggerMessage(LogLevel.Error, "Delivering events to triggers failed; trying again")]
    private partial void LogDeliveryFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Trigger {Trigger} could not take event {Sequence} yet: {Problem}")]
    private partial void LogWaiting(string trigger, long sequence, string problem);
}
