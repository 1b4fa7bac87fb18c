namespace Slipway.Platform.Controllers;

/// <param name="FirstBackoff">Before the first retry; doubles with each failure in a row.</param>
/// <param name="MostBackoff">No retry waits longer.</param>
/// <param name="PerSecond">Keys given out per second over all, so that a controller gone wild leaves the database to others.</param>
/// <param name="Burst">Keys that may go out at once after a rest.</param>
public sealed record QueueLimits(TimeSpan FirstBackoff, TimeSpan MostBackoff, double PerSecond, double Burst)
{
    public static QueueLimits Default { get; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(2), 2000, 2000);
}

/// <summary>
/// Which key is worked on next: a pure state machine, told the time by its caller. A key is in the queue once however often it is added, is never
/// given out twice at a time, and comes back after a while when it failed. Not safe for concurrent use.
/// </summary>
public sealed class ReconcileQueue<TKey>(QueueLimits limits, Random random, DateTimeOffset start)
    where TKey : notnull
{
    private readonly Dictionary<TKey, Item> _items = [];
    private readonly Queue<TKey> _ready = new();
    private readonly PriorityQueue<(TKey Key, DateTimeOffset Due), DateTimeOffset> _later = new();
    private double _tokens = limits.Burst;
    private DateTimeOffset _filled = start;

    private enum Place
    {
        Nowhere,
        Ready,
        Later,
        Taken,
    }

    /// <summary>Keys that wait, now or for later.</summary>
    public int Waiting { get; private set; }

    /// <summary>Keys of them that may be worked on now.</summary>
    public int Ready => _ready.Count;

    /// <summary>Work on the key as soon as may be; when it is being worked on, once more afterwards.</summary>
    public void Add(TKey key)
    {
        var item = Find(key);
        switch (item.Place)
        {
            case Place.Taken:
                item.Again = true;
                break;
            case Place.Nowhere or Place.Later:
                Waiting += item.Place == Place.Nowhere ? 1 : 0;
                item.Place = Place.Ready;
                _ready.Enqueue(key);
                break;
        }
    }

    /// <summary>The next key, to be followed by <see cref="Done"/>. False when none is ready or the rate is spent.</summary>
    public bool TryTake(DateTimeOffset now, out TKey key)
    {
        Ripen(now);
        Fill(now);
        if (_ready.Count == 0 || _tokens < 1)
        {
            key = default!;
            return false;
        }

        key = _ready.Dequeue();
        var item = _items[key];
        (item.Place, item.Again) = (Place.Taken, false);
        Waiting--;
        _tokens--;
        return true;
    }

    /// <summary>How the work on a taken key ended.</summary>
    public void Done(TKey key, ReconcileOutcome outcome, DateTimeOffset now)
    {
        var item = _items[key];
        if (item.Place != Place.Taken)
        {
            throw new InvalidOperationException($"{key} was not taken.");
        }

        item.Place = Place.Nowhere;
        switch (outcome)
        {
            case ReconcileOutcome.Failed:
                // An event that came meanwhile waits as well: it may be the failing attempt's own doing.
                Put(key, item, now + Backoff(item.Failures++));
                break;
            case ReconcileOutcome.Again again:
                item.Failures = 0;
                Put(key, item, item.Again ? now : now + again.After);
                break;
            default:
                item.Failures = 0;
                if (item.Again)
                {
                    Add(key);
                }
                else
                {
                    _items.Remove(key);
                }

                break;
        }
    }

    /// <summary>When <see cref="TryTake"/> may next succeed if nothing is added; null when nothing waits.</summary>
    public DateTimeOffset? NextAt(DateTimeOffset now)
    {
        Ripen(now);
        Fill(now);
        if (_ready.Count > 0)
        {
            return _tokens >= 1 ? now : now + TimeSpan.FromSeconds((1 - _tokens) / limits.PerSecond) + TimeSpan.FromTicks(1);
        }

        return _later.TryPeek(out _, out var due) ? due : null;
    }

    // Half of the wait is left to chance, so that keys that failed together do not come back together.
    private TimeSpan Backoff(int failures)
    {
        var full = Math.Min(limits.MostBackoff.TotalMilliseconds, limits.FirstBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 40)));
        return TimeSpan.FromMilliseconds(full * (0.5 + (random.NextDouble() / 2)));
    }

    private void Put(TKey key, Item item, DateTimeOffset due)
    {
        (item.Place, item.Due) = (Place.Later, due);
        _later.Enqueue((key, due), due);
        Waiting++;
    }

    // Entries that were overtaken by Add stay in the heap until they come up; they are known by their place and time.
    private void Ripen(DateTimeOffset now)
    {
        while (_later.TryPeek(out var entry, out var due))
        {
            var current = _items.TryGetValue(entry.Key, out var item) && item.Place == Place.Later && item.Due == entry.Due;
            if (current && due > now)
            {
                return;
            }

            _later.Dequeue();
            if (current)
            {
                item!.Place = Place.Ready;
                _ready.Enqueue(entry.Key);
            }
        }
    }

    private void Fill(DateTimeOffset now)
    {
        if (now > _filled)
        {
            _tokens = Math.Min(limits.Burst, _tokens + ((now - _filled).TotalSeconds * limits.PerSecond));
            _filled = now;
        }
    }

    private Item Find(TKey key)
    {
        if (!_items.TryGetValue(key, out var item))
        {
            _items[key] = item = new Item();
        }

        return item;
    }

    private sealed class Item
    {
        public Place Place { get; set; }

        /// <summary>Added while it was taken.</summary>
        public bool Again { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset Due { get; set; }
    }
}
