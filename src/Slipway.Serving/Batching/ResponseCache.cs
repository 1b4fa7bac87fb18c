using Slipway.Serving.Domain;

namespace Slipway.Serving.Batching;

/// <summary>
/// Answers of one revision by the content of the request, the least recently used going first. Requests of the same content that come while the model
/// works on the first of them wait for that one.
/// </summary>
internal sealed class ResponseCache(CachePolicy policy, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<CacheKey, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();
    private readonly Dictionary<CacheKey, CacheFlight> _flights = [];
    private long _bytes;

    public (int Entries, long Bytes) Held
    {
        get
        {
            lock (_lock)
            {
                return (_entries.Count, _bytes);
            }
        }
    }

    /// <summary>The answer; or else the flight, and whether it is the caller who has to run the model and call <see cref="End"/>.</summary>
    public (StoredAnswer? Answer, CacheFlight? Flight, bool Leads) Begin(CacheKey key)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var node))
            {
                if (policy.Lifetime is not { } lifetime || time.GetElapsedTime(node.Value.Since) < lifetime)
                {
                    _byUse.Remove(node);
                    _byUse.AddFirst(node);
                    return (node.Value.Answer, null, false);
                }

                Remove(node);
            }

            if (_flights.TryGetValue(key, out var under))
            {
                return (null, under, false);
            }

            return (null, _flights[key] = new CacheFlight(), true);
        }
    }

    /// <param name="answer">Null when there is none that others may have.</param>
    /// <param name="left">The caller who led has gone: the next one may try.</param>
    public void End(CacheKey key, CacheFlight flight, StoredAnswer? answer, bool left)
    {
        lock (_lock)
        {
            _flights.Remove(key);
            if (answer is not null && answer.Size <= policy.Bytes)
            {
                _entries[key] = _byUse.AddFirst(new Entry(key, answer, time.GetTimestamp()));
                _bytes += answer.Size;
                while ((_bytes > policy.Bytes || _entries.Count > policy.Entries) && _byUse.Last is { } oldest)
                {
                    Remove(oldest);
                }
            }
        }

        flight.TrySetResult((answer, left));
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        _bytes -= node.Value.Answer.Size;
    }

    private readonly record struct Entry(CacheKey Key, StoredAnswer Answer, long Since);
}

/// <summary>A run that others of the same content wait for: its answer if they may have it, and whether its caller left before.</summary>
internal sealed class CacheFlight() : TaskCompletionSource<(StoredAnswer? Answer, bool Left)>(TaskCreationOptions.RunContinuationsAsynchronously);
