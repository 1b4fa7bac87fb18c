using System.Runtime.CompilerServices;
using Slipway.Kernel.Problems;
using Slipway.Platform.Events;

namespace Slipway.Platform.Database;

/// <summary>The event log over the metadata database, with the feed in front of it for everybody who keeps up.</summary>
internal sealed class StoredEventLog : IEventLog, IAsyncDisposable
{
    private const int PageLength = 512;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly IDatabase _database;
    private readonly EventFeed _feed;
    private readonly TimeProvider _time;
    private readonly Task _pump;

    public StoredEventLog(IDatabase database, EventFeed feed, TimeProvider time)
    {
        (_database, _feed, _time) = (database, feed, time);
        _pump = Task.Run(PumpAsync);
    }

    public async Task<long> HeadAsync(CancellationToken cancellation) =>
        await _database.ReadAsync(async (session, _) => (await EventStore.HeadAsync(session)).Sequence, cancellation);

    public Task<IReadOnlyList<Event>> ReadAsync(long after, EventFilter filter, int limit, CancellationToken cancellation) =>
        _database.ReadAsync((session, _) => EventStore.PageAsync(session, after, filter, limit), cancellation);

    public async IAsyncEnumerable<Event> FollowAsync(long after, EventFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var buffer = new Event[PageLength];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var next = _feed.NextPublication();
            if (_feed.TryRead(after, buffer, out var count, out var more))
            {
                for (var i = 0; i < count; i++)
                {
                    after = buffer[i].Sequence;
                    if (filter.Matches(buffer[i]))
                    {
                        yield return buffer[i];
                    }
                }

                if (more is not null)
                {
                    // A follower that waits must not keep old payloads alive.
                    Array.Clear(buffer);
                    await more.WaitAsync(cancellation);
                }

                continue;
            }

            var (page, head) = await PageAsync(after, filter, cancellation);
            foreach (var e in page)
            {
                yield return e;
            }

            // A page that is not full has seen everything up to the head of its snapshot.
            var reached = page.Count == PageLength ? page[^1].Sequence : Math.Max(after, head.Sequence);
            if (reached == after)
            {
                await next.WaitAsync(cancellation);
            }

            after = reached;
        }
    }

    public async Task<Result<long>> VerifyAsync(CancellationToken cancellation)
    {
        var (sequence, hash) = (0L, EventChain.Genesis);
        while (true)
        {
            var (page, head) = await PageAsync(sequence, new EventFilter(), cancellation);
            foreach (var e in page)
            {
                if (e.Sequence != sequence + 1)
                {
                    return Problem.Invalid($"the event log is broken at {sequence + 1}: that event is missing, {e.Sequence} stands in its place");
                }

                var expected = EventChain.Hash(hash, e.Sequence, Micros.Of(e.Time), e.Type, e.Namespace, e.Subject, e.Actor, e.Payload.Span);
                if (e.Hash != expected)
                {
                    return Problem.Invalid($"the event log is broken at {e.Sequence}: the event does not match its hash, so it or one before it was changed");
                }

                (sequence, hash) = (e.Sequence, e.Hash);
            }

            if (page.Count < PageLength)
            {
                return (sequence, hash) == head
                    ? sequence
                    : Problem.Invalid($"the event log is broken at {sequence + 1}: it ends there, but its head says {head.Sequence} with hash {head.Hash}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pump;
        _stop.Dispose();
    }

    private Task<(IReadOnlyList<Event> Page, (long Sequence, string Hash) Head)> PageAsync(
        long after, EventFilter filter, CancellationToken cancellation) =>
        _database.ReadAsync(
            async (session, _) => (await EventStore.PageAsync(session, after, filter, PageLength), await EventStore.HeadAsync(session)), cancellation);

    /// <summary>Reads what the feed has missed, once for all followers.</summary>
    private async Task PumpAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _feed.Behind.ReadAsync(_stop.Token);
                await FillAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is System.Data.Common.DbException or IOException or TimeoutException)
            {
                // The database is away for now; what is missing is still missing.
                _feed.CatchUp();
                await Task.Delay(PauseAfterFailure, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        if (_feed.Newest < 0)
        {
            _feed.StartAt(await HeadAsync(cancellation));
        }

        IReadOnlyList<Event> page;
        do
        {
            page = await ReadAsync(_feed.Newest, new EventFilter(), PageLength, cancellation);
            _feed.Publish(page);
        }
        while (page.Count == PageLength);
    }
}
