using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Anderson-Darling for two samples with midranks; p is interpolated from a table and clipped to [0.001, 0.25].</summary>
internal sealed class AndersonDarlingTest : IDriftTest
{
    public string Name => "anderson";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => Applies.Numeric(pair) && pair.DistinctValues > 1 && pair.ReferenceCount + pair.CurrentCount > 3;

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = (pair.Reference.Sorted, pair.Current.Sorted);
        double n = reference.Length, m = current.Length, total = n + m;
        double forReference = 0, forCurrent = 0;
        var groups = new PooledGroups(reference, current);
        while (groups.MoveNext())
        {
            double size = groups.InReference + groups.InCurrent;
            var middle = (double)groups.ReferenceUpTo + groups.CurrentUpTo - (size / 2);
            var weight = size / total / ((middle * (total - middle)) - (total * size / 4));
            var referenceGap = (total * (groups.ReferenceUpTo - (groups.InReference / 2.0))) - (middle * n);
            var currentGap = (total * (groups.CurrentUpTo - (groups.InCurrent / 2.0))) - (middle * m);
            forReference += weight * referenceGap * referenceGap;
            forCurrent += weight * currentGap * currentGap;
        }

        var squared = ((forReference / n) + (forCurrent / m)) * (total - 1) / total;
        var statistic = (squared - 1) / Math.Sqrt(AndersonDarlingLaw.Variance(reference.Length, current.Length));
        return new DriftScore(statistic, AndersonDarlingLaw.PValue(statistic));
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
