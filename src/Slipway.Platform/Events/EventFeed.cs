using System.Threading.Channels;

namespace Slipway.Platform.Events;

/// <summary>
/// The newest committed events in memory, and the bell that wakes followers. The writer publishes after each commit; when something is missing in
/// between (another replica wrote it) the feed asks for it to be read from the table. Events are shared, never copied.
/// </summary>
/// <param name="most">Events kept at most.</param>
/// <param name="mostBytes">Payload bytes kept at most: resources come with every change whole.</param>
public sealed class EventFeed(int most = 8192, long mostBytes = 32 << 20)
{
    private readonly Lock _lock = new();
    private readonly Event[] _ring = new Event[most];
    private readonly Channel<bool> _behind = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private TaskCompletionSource? _bell;
    private long _bytes;
    private int _count;

    // The newest published sequence number; -1 before anything is known.
    private long _newest = -1;

    /// <summary>Reads as often as <see cref="CatchUp"/> was called since, merged into one.</summary>
    internal ChannelReader<bool> Behind => _behind.Reader;

    internal long Newest
    {
        get
        {
            lock (_lock)
            {
                return _newest;
            }
        }
    }

    /// <summary>Says that the table may hold events that the feed has not seen.</summary>
    public void CatchUp() => _behind.Writer.TryWrite(true);

    /// <summary>Committed events in order. Those already known are skipped; after a hole nothing is taken and the table is asked.</summary>
    public void Publish(IReadOnlyList<Event> events)
    {
        if (events.Count == 0)
        {
            return;
        }

        TaskCompletionSource? bell;
        lock (_lock)
        {
            if (_newest >= 0 && events[0].Sequence > _newest + 1)
            {
                CatchUp();
                return;
            }

            foreach (var e in events)
            {
                Take(e);
            }

            (bell, _bell) = (_bell, null);
        }

        bell?.TrySetResult();
    }

    /// <summary>Starts after <paramref name="sequence"/> when nothing is known yet, so that followers look into the table up to there.</summary>
    internal void StartAt(long sequence)
    {
        TaskCompletionSource? bell;
        lock (_lock)
        {
            if (_newest >= 0)
            {
                return;
            }

            _newest = sequence;
            (bell, _bell) = (_bell, null);
        }

        bell?.TrySetResult();
    }

    /// <summary>
    /// Copies events after <paramref name="after"/> into <paramref name="target"/>. The task is set when there are none yet: it ends when there may be.
    /// </summary>
    /// <returns>False when the feed no longer (or not yet) holds what follows; read the table.</returns>
    internal bool TryRead(long after, Span<Event> target, out int count, out Task? more)
    {
        lock (_lock)
        {
            (count, more) = (0, null);
            if (_newest >= 0 && after >= _newest)
            {
                more = Bell();
                return true;
            }

            if (_count == 0 || after < _newest - _count)
            {
                return false;
            }

            // An event stands at its number modulo the size of the ring.
            for (var next = after + 1; next <= _newest && count < target.Length; next++)
            {
                target[count++] = _ring[next % most];
            }

            return true;
        }
    }

    /// <summary>Ends at the next publication. Taken before reading the table, so that nothing slips between.</summary>
    internal Task NextPublication()
    {
        lock (_lock)
        {
            return Bell();
        }
    }

    private Task Bell() => (_bell ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void Take(Event e)
    {
        if (e.Sequence <= _newest)
        {
            return;
        }

        _newest = e.Sequence;
        _bytes += e.Payload.Length;
        if (_count == most)
        {
            // The new one takes the place of the oldest.
            _bytes -= _ring[e.Sequence % most].Payload.Length;
            _count--;
        }

        _ring[e.Sequence % most] = e;
        _count++;
        while (_bytes > mostBytes && _count > 1)
        {
            ref var oldest = ref _ring[(_newest - _count + 1) % most];
            _bytes -= oldest.Payload.Length;
            oldest = null!;
            _count--;
        }
    }
}
