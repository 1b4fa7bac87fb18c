using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Fisher's exact test, two-sided; the statistic is the odds ratio of the smaller value, current against reference. Evidently refuses samples of
/// unequal size; the test itself has no such need, so neither has ours.</summary>
internal sealed class FisherExactTest : IDriftTest
{
    public string Name => "fisher_exact";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => Applies.Binary(pair);

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var counts = pair.Counts;
        if (counts.Categories == 1)
        {
            return new DriftScore(double.NaN, 1);
        }

        var (a, b) = (counts.Reference[0], counts.Reference[1]);
        var (c, d) = (counts.Current[0], counts.Current[1]);
        var p = Hypergeometric.TwoSidedPValue(a, a + b + c + d, a + c, a + b);
        return new DriftScore((double)c * b / ((double)a * d), p);
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
