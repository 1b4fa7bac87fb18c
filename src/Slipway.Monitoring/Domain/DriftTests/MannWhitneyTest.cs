using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Mann-Whitney U, one-sided as in Evidently: a small p says that the reference tends to be smaller than the current data.</summary>
internal sealed class MannWhitneyTest : IDriftTest
{
    public string Name => "mannw";

    public double Threshold => 0.05;

    public bool AppliesTo(ColumnPair pair) => Applies.Numeric(pair);

    /// <summary>With this many values or fewer in the smaller sample, and no ties, the p-value is exact.</summary>
    private const int ExactUpTo = 8;

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = (pair.Reference, pair.Current);
        double n = reference.Count, m = current.Count;
        var groups = new PooledGroups(reference.Sorted, current.Sorted);
        double ranks = 0, ties = 0;
        while (groups.MoveNext())
        {
            double size = groups.InReference + groups.InCurrent;
            double below = (double)groups.ReferenceUpTo + groups.CurrentUpTo - size;
            ranks += groups.InReference * (below + ((size + 1) / 2));
            ties += (size * size * size) - size;
        }

        var u = ranks - (n * (n + 1) / 2);
        var mirrored = (n * m) - u;
        if (Math.Min(n, m) <= ExactUpTo && ties == 0)
        {
            return new DriftScore(u, MannWhitneyLaw.UpperTail((long)mirrored, reference.Count, current.Count));
        }

        var deviation = Math.Sqrt(n * m / 12 * (n + m + 1 - (ties / ((n + m) * (n + m - 1)))));
        // 0.5 is the continuity correction; without any spread the samples are one constant.
        var p = deviation > 0 ? Tails.Normal((mirrored - (n * m / 2) - 0.5) / deviation) : 1;
        return new DriftScore(u, p);
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
