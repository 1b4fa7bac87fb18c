using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Population stability index over the filled bin shares, not renormalised.</summary>
internal sealed class PopulationStabilityIndex : IDriftTest
{
    public string Name => "psi";

    public double Threshold => 0.1;

    public bool AppliesTo(ColumnPair pair) => true;

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = BinnedShares.Of(pair).WithZerosFilled();
        var psi = 0.0;
        for (var i = 0; i < reference.Length; i++)
        {
            psi += (reference[i] - current[i]) * Math.Log(reference[i] / current[i]);
        }

        return new DriftScore(psi);
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.DistanceAtLeast(score, threshold);
}
