using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Hellinger distance, sqrt(1 - sum sqrt(p q)).</summary>
internal sealed class HellingerDistance : IDriftTest
{
    public string Name => "hellinger";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => true;

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = pair.Kind == ColumnKind.Numeric ? OverDistinctValues(pair) : BinnedShares.ByValue(pair.Counts);
        var overlap = 0.0;
        for (var i = 0; i < reference.Length; i++)
        {
            overlap += Math.Sqrt(reference[i] * current[i]);
        }

        return new DriftScore(Math.Sqrt(Math.Max(0, 1 - overlap)));
    }

    /// <summary>Bins are laid over the distinct values of both samples, so ties do not add bins.</summary>
    private static BinnedShares OverDistinctValues(ColumnPair pair)
    {
        var (reference, current) = (pair.Reference.Sorted, pair.Current.Sorted);
        var edges = Histogram.SturgesEdges(
            Math.Min(reference[0], current[0]), Math.Max(reference[^1], current[^1]), pair.DistinctValues);
        return new BinnedShares(Histogram.Shares(reference, edges), Histogram.Shares(current, edges));
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.DistanceAtLeast(score, threshold);
}
