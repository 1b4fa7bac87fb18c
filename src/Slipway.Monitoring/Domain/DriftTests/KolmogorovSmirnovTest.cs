using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Two-sided two-sample Kolmogorov-Smirnov: exact up to 10,000 values in the larger sample, asymptotic above.</summary>
internal sealed class KolmogorovSmirnovTest : IDriftTest
{
    public string Name => "ks";

    public double Threshold => 0.05;

    public bool AppliesTo(ColumnPair pair) => Applies.Numeric(pair);

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = (pair.Reference, pair.Current);
        var groups = new PooledGroups(reference.Sorted, current.Sorted);
        long gap = 0;
        while (groups.MoveNext())
        {
            gap = Math.Max(gap, Math.Abs(((long)groups.ReferenceUpTo * current.Count) - ((long)groups.CurrentUpTo * reference.Count)));
        }

        return new DriftScore(
            (double)gap / ((double)reference.Count * current.Count), TwoSampleKolmogorov.PValue(reference.Count, current.Count, gap));
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueAtMost(score, threshold);
}
