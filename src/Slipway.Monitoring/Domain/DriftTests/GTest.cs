using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Log-likelihood ratio against the reference's shares (one-sample, like <see cref="ChiSquareTest"/>).</summary>
internal sealed class GTest : IDriftTest
{
    public string Name => "g_test";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => Applies.Counted(pair);

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var counts = pair.Counts;
        var scale = (double)counts.CurrentTotal / counts.ReferenceTotal;
        var statistic = 0.0;
        for (var i = 0; i < counts.Categories; i++)
        {
            if (counts.Current[i] > 0)
            {
                statistic += 2 * counts.Current[i] * Math.Log(counts.Current[i] / (counts.Reference[i] * scale));
            }
        }

        return new DriftScore(statistic, Tails.ChiSquared(statistic, counts.Categories - 1));
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
