using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>KL(reference || current) in nats over the filled bin shares, renormalised. Not symmetric.</summary>
internal sealed class KullbackLeiblerDivergence : IDriftTest
{
    public string Name => "kl_div";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => true;

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = BinnedShares.Of(pair).WithZerosFilled();
        double referenceSum = reference.Sum(), currentSum = current.Sum();
        var divergence = 0.0;
        for (var i = 0; i < reference.Length; i++)
        {
            var (p, q) = (reference[i] / referenceSum, current[i] / currentSum);
            divergence += p * Math.Log(p / q);
        }

        return new DriftScore(divergence);
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.DistanceAtLeast(score, threshold);
}
