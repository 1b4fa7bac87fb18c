using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Recording;

/// <summary>
/// Hands points to whoever watches a run, after they are on disk. A watcher that does not keep up misses points, and is told so; writers never wait.
/// </summary>
internal sealed class MetricFeed
{
    private const int MostWaiting = 256;

    private readonly ConcurrentDictionary<(string Namespace, string RunId), ImmutableList<Watcher>> _watchers = new();

    public Watcher Watch(string ns, string runId)
    {
        var watcher = new Watcher(this, (ns, runId));
        _watchers.AddOrUpdate((ns, runId), _ => [watcher], (_, list) => list.Add(watcher));
        return watcher;
    }

    public void Publish(string ns, string runId, IReadOnlyList<PointRow> points)
    {
        if (points.Count > 0 && !_watchers.IsEmpty && _watchers.TryGetValue((ns, runId), out var list))
        {
            list.ForEach(w => w.Offer(points));
        }
    }

    private void Leave(Watcher watcher, (string Namespace, string RunId) run)
    {
        while (_watchers.TryGetValue(run, out var list))
        {
            var rest = list.Remove(watcher);
            if (rest.IsEmpty ? _watchers.TryRemove(new(run, list)) : _watchers.TryUpdate(run, rest, list))
            {
                return;
            }
        }
    }

    internal sealed class Watcher(MetricFeed feed, (string Namespace, string RunId) run) : IDisposable
    {
        private readonly Channel<IReadOnlyList<PointRow>> _batches = Channel.CreateBounded<IReadOnlyList<PointRow>>(MostWaiting);
        private int _missed;

        public ChannelReader<IReadOnlyList<PointRow>> Batches => _batches.Reader;

        /// <summary>How many points were dropped since the last call, because they came faster than they were read.</summary>
        public int TakeMissed() => Interlocked.Exchange(ref _missed, 0);

        public void Dispose() => feed.Leave(this, run);

        internal void Offer(IReadOnlyList<PointRow> points)
        {
            if (!_batches.Writer.TryWrite(points))
            {
                Interlocked.Add(ref _missed, points.Count);
            }
        }
    }
}
