using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Two-sample Cramer-von Mises with midranks: exact up to 20 values in the larger sample, the limiting law above.</summary>
internal sealed class CramerVonMisesTest : IDriftTest
{
    public string Name => "cramer_von_mises";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => Applies.Numeric(pair);

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = (pair.Reference.Sorted, pair.Current.Sorted);
        double n = reference.Length, m = current.Length;
        double inReference = 0, inCurrent = 0;
        var groups = new PooledGroups(reference, current);
        while (groups.MoveNext())
        {
            double size = groups.InReference + groups.InCurrent;
            var rank = (double)groups.ReferenceUpTo + groups.CurrentUpTo - size + ((size + 1) / 2);
            inReference += SquaredGaps(rank, groups.ReferenceUpTo, groups.InReference);
            inCurrent += SquaredGaps(rank, groups.CurrentUpTo, groups.InCurrent);
        }

        var u = (n * inReference) + (m * inCurrent);
        double product = n * m, total = n + m;
        var statistic = (u / (product * total)) - (((4 * product) - 1) / (6 * total));
        if (Math.Max(n, m) <= CramerVonMisesLaw.ExactUpTo)
        {
            return new DriftScore(statistic, CramerVonMisesLaw.ExactUpperTail(u, reference.Length, current.Length));
        }

        var mean = (1 + (1 / total)) / 6;
        var variance = (total + 1) * ((4 * product * total) - (3 * ((n * n) + (m * m))) - (2 * product)) / (45 * total * total * 4 * product);
        return new DriftScore(statistic, CramerVonMisesLaw.LimitUpperTail((1.0 / 6) + ((statistic - mean) / Math.Sqrt(45 * variance))));
    }

    /// <summary>Sum of (pooled rank - own rank)^2 over the values that share one pooled rank.</summary>
    private static double SquaredGaps(double rank, int lastOwn, int count)
    {
        var sum = 0.0;
        for (var own = lastOwn - count + 1; own <= lastOwn; own++)
        {
            sum += (rank - own) * (rank - own);
        }

        return sum;
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueAtMost(score, threshold);
}
