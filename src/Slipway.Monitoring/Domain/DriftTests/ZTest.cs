using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Pooled two-proportion z-test on "not the smaller value"; a constant equal in both samples has p 1.</summary>
internal sealed class ZTest : IDriftTest
{
    public string Name => "z";

    public double Threshold => 0.05;

    public bool AppliesTo(ColumnPair pair) => Applies.Binary(pair);

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var counts = pair.Counts;
        if (counts.Categories == 1)
        {
            return new DriftScore(0, 1);
        }

        double n = counts.ReferenceTotal, m = counts.CurrentTotal;
        double inReference = n - counts.Reference[0], inCurrent = m - counts.Current[0];
        var share = (inReference + inCurrent) / (n + m);
        var z = ((inReference / n) - (inCurrent / m)) / Math.Sqrt(share * (1 - share) * ((1 / n) + (1 / m)));
        return new DriftScore(z, 2 * Tails.Normal(Math.Abs(z)));
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
