using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Energy distance, sqrt(2 integral (F - G)^2), in the square root of the column's unit.</summary>
internal sealed class EnergyDistance : IDriftTest
{
    public string Name => "ed";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => Applies.Numeric(pair);

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = (pair.Reference, pair.Current);
        var groups = new PooledGroups(reference.Sorted, current.Sorted);
        groups.MoveNext();
        var (area, last, gap) = (0.0, groups.Value, Gap(groups));
        while (groups.MoveNext())
        {
            area += gap * gap * (groups.Value - last);
            (last, gap) = (groups.Value, Gap(groups));
        }

        return new DriftScore(Math.Sqrt(2 * area));

        double Gap(PooledGroups at) => ((double)at.ReferenceUpTo / reference.Count) - ((double)at.CurrentUpTo / current.Count);
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.DistanceAbove(score, threshold);
}
