using Slipway.Serving.Tensors;

namespace Slipway.Serving.Batching;

/// <summary>Answering from the response cache, where the service has one.</summary>
internal sealed partial class Lane
{
    private async ValueTask<Ran> RunCachedAsync(
        LaneSetup setup, ResponseCache cache, InferenceRequest request, ReadOnlyMemory<int> outputs, RunLimits limits, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var key = CacheKey.Of(request, outputs.Span);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var (answer, flight, leads) = cache.Begin(key);
            if (leads)
            {
                return await LeadAsync(setup, cache, key, flight!, request, outputs, limits, cancellation);
            }

            var left = false;
            if (flight is not null)
            {
                (answer, left) = await flight.Task.WaitAsync(cancellation);
            }

            if (answer is not null)
            {
                var took = time.GetElapsedTime(started);
                statistics.CacheHit.Add(took);
                metrics.OnCached(hit: true);
                return new Ran(answer, TimeSpan.Zero, took, RanBy.Cache);
            }

            if (!left)
            {
                // What failed for one may be right for another: its limits are its own.
                return await RunInTurnAsync(setup, request, outputs, limits, cancellation);
            }
        }
    }

    private async ValueTask<Ran> LeadAsync(
        LaneSetup setup, ResponseCache cache, CacheKey key, CacheFlight flight, InferenceRequest request, ReadOnlyMemory<int> outputs, RunLimits limits,
        CancellationToken cancellation)
    {
        StoredAnswer? stored = null;
        var left = true;
        try
        {
            var ran = await RunInTurnAsync(setup, request, outputs, limits, cancellation);
            left = false;
            var since = time.GetTimestamp();
            stored = ran.Outputs.Succeeded ? new StoredAnswer(ran.Outputs.Value) : null;
            statistics.CacheMiss.Add(time.GetElapsedTime(since));
            metrics.OnCached(hit: false);
            return ran;
        }
        finally
        {
            cache.End(key, flight, stored, left);
        }
    }
}
