using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>First Wasserstein distance in units of the reference's standard deviation (ddof 0).</summary>
internal sealed class WassersteinDistance : IDriftTest
{
    public string Name => "wasserstein";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => Applies.Numeric(pair);

    /// <summary>The divisor is never below this, so that a constant reference does not make every change infinite.</summary>
    private const double SmallestScale = 0.001;

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = (pair.Reference, pair.Current);
        var groups = new PooledGroups(reference.Sorted, current.Sorted);
        groups.MoveNext();
        var (area, last, gap) = (0.0, groups.Value, Gap(groups));
        while (groups.MoveNext())
        {
            area += gap * (groups.Value - last);
            (last, gap) = (groups.Value, Gap(groups));
        }

        return new DriftScore(area / Math.Max(reference.StandardDeviation(), SmallestScale));

        double Gap(PooledGroups at) => Math.Abs(((double)at.ReferenceUpTo / reference.Count) - ((double)at.CurrentUpTo / current.Count));
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.DistanceAtLeast(score, threshold);
}
