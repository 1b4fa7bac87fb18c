using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Square root of the Jensen-Shannon divergence, natural logarithm: at most sqrt(ln 2) = 0.8326.</summary>
internal sealed class JensenShannonDistance : IDriftTest
{
    public string Name => "jensenshannon";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => true;

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = BinnedShares.Of(pair);
        var divergence = 0.0;
        for (var i = 0; i < reference.Length; i++)
        {
            var middle = (reference[i] + current[i]) / 2;
            divergence += Term(reference[i], middle) + Term(current[i], middle);
        }

        // Equal shares may sum to a hair below zero.
        return new DriftScore(Math.Sqrt(Math.Max(0, divergence / 2)));

        static double Term(double share, double middle) => share == 0 ? 0 : share * Math.Log(share / middle);
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.DistanceAtLeast(score, threshold);
}
