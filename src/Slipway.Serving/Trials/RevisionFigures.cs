using Slipway.Serving.Trials.Domain;

namespace Slipway.Serving.Trials;

/// <summary>One revision's figures as they grow, in this process.</summary>
internal sealed class RevisionFigures
{
    private readonly Lock _lock = new();
    private readonly long[] _latencies = new long[LatencyBuckets.Count];
    private readonly Figures _sums = new();

    public void OnAnswered(TimeSpan took)
    {
        var (bucket, ms) = (LatencyBuckets.Of(took), took.TotalMilliseconds);
        lock (_lock)
        {
            _sums.Requests++;
            _sums.SumMs += ms;
            _sums.SumSquaresMs += ms * ms;
            _latencies[bucket]++;
        }
    }

    public void OnFailed()
    {
        lock (_lock)
        {
            _sums.Requests++;
            _sums.Errors++;
        }
    }

    /// <param name="gap">Time of this revision minus time of the one that answered the caller.</param>
    public void OnCompared(OutputDifference difference, TimeSpan gap)
    {
        lock (_lock)
        {
            _sums.Compared++;
            _sums.Agreed += difference.Agrees ? 1 : 0;
            _sums.Numbers += difference.Numbers;
            _sums.SumDifference += difference.Sum;
            _sums.MaxDifference = Math.Max(_sums.MaxDifference, difference.Max);
            _sums.SumLatencyGapMs += gap.TotalMilliseconds;
        }
    }

    public Figures Read()
    {
        lock (_lock)
        {
            return _sums with { Latencies = [.. _latencies] };
        }
    }
}
