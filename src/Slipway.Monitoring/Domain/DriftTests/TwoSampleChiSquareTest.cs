using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Chi-square test of homogeneity over the two-row table, without continuity correction. Not one of Evidently's tests: off by default.</summary>
internal sealed class TwoSampleChiSquareTest : IDriftTest
{
    public string Name => "chisquare_two_sample";

    public double Threshold => 0.05;

    public bool AppliesTo(ColumnPair pair) => Applies.Counted(pair);

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var counts = pair.Counts;
        double pooled = counts.ReferenceTotal + counts.CurrentTotal;
        var statistic = 0.0;
        for (var i = 0; i < counts.Categories; i++)
        {
            double both = counts.Reference[i] + counts.Current[i];
            statistic += Cell(counts.Reference[i], both * counts.ReferenceTotal / pooled) + Cell(counts.Current[i], both * counts.CurrentTotal / pooled);
        }

        // One category leaves nothing to compare: the samples are alike.
        return new DriftScore(statistic, counts.Categories == 1 ? 1 : Tails.ChiSquared(statistic, counts.Categories - 1));

        static double Cell(double observed, double expected) => (observed - expected) * (observed - expected) / expected;
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
