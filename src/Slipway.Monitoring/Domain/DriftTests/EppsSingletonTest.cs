using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Epps-Singleton: compares the empirical characteristic functions at 0.4 and 0.8. Needs five values a side and a spread in the middle half.</summary>
internal sealed class EppsSingletonTest : IDriftTest
{
    public string Name => "es";

    public double Threshold => 0.05;

    public bool AppliesTo(ColumnPair pair) => Applies.Numeric(pair) && Math.Min(pair.ReferenceCount, pair.CurrentCount) >= 5 && EppsSingleton.Spread(pair.Reference, pair.Current) > 0;

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (statistic, rank) = EppsSingleton.Statistic(pair.Reference, pair.Current);
        return new DriftScore(statistic, Tails.ChiSquared(statistic, rank));
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
