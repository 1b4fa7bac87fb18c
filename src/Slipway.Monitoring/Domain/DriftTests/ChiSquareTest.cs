using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>One-sample chi-square: the reference's shares are taken as the truth, so its own sampling error is ignored and false alarms exceed the
/// threshold; <see cref="TwoSampleChiSquareTest"/> mends that. A category that the reference never had makes the statistic infinite and p 0.</summary>
internal sealed class ChiSquareTest : IDriftTest
{
    public string Name => "chisquare";

    public double Threshold => 0.05;

    public bool AppliesTo(ColumnPair pair) => Applies.Counted(pair);

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var counts = pair.Counts;
        var scale = (double)counts.CurrentTotal / counts.ReferenceTotal;
        var statistic = 0.0;
        for (var i = 0; i < counts.Categories; i++)
        {
            var expected = counts.Reference[i] * scale;
            statistic += (counts.Current[i] - expected) * (counts.Current[i] - expected) / expected;
        }

        return new DriftScore(statistic, Tails.ChiSquared(statistic, counts.Categories - 1));
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
