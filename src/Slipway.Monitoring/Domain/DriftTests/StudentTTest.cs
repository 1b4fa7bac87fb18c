using Slipway.Monitoring.Domain.Samples;
using Slipway.Monitoring.Domain.Statistics;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>Student's two-sample t-test with equal variances, two-sided.</summary>
internal sealed class StudentTTest : IDriftTest
{
    public string Name => "t_test";

    public double Threshold => 0.05;

    public bool AppliesTo(ColumnPair pair) => Applies.Numeric(pair);

    public DriftScore Measure(ColumnPair pair, int seed)
    {
        var (reference, current) = (pair.Reference, pair.Current);
        double n = reference.Count, m = current.Count;
        var degreesOfFreedom = n + m - 2;
        var variance = (reference.SquaredDeviations() + current.SquaredDeviations()) / degreesOfFreedom;
        var t = (reference.Mean() - current.Mean()) / Math.Sqrt(variance * ((1 / n) + (1 / m)));
        return new DriftScore(t, Tails.StudentTwoSided(t, degreesOfFreedom));
    }

    public bool IsDrift(DriftScore score, double threshold) => Decide.PValueBelow(score, threshold);
}
