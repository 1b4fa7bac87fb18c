using MathNet.Numerics;

namespace Slipway.Monitoring.Domain.Statistics;

/// <summary>Upper tails (1 - cdf) of the textbook distributions, computed as tails so that tiny p-values keep their digits.</summary>
internal static class Tails
{
    public static double Normal(double z) => 0.5 * SpecialFunctions.Erfc(z / Math.Sqrt(2));

    /// <summary>NaN without degrees of freedom; 0 for an infinite statistic.</summary>
    public static double ChiSquared(double statistic, int degreesOfFreedom)
    {
        if (double.IsNaN(statistic) || degreesOfFreedom <= 0)
        {
            return double.NaN;
        }

        if (double.IsPositiveInfinity(statistic))
        {
            return 0;
        }

        return statistic <= 0 ? 1 : SpecialFunctions.GammaUpperRegularized(degreesOfFreedom / 2.0, statistic / 2);
    }

    /// <summary>P(|T| at least |t|).</summary>
    public static double StudentTwoSided(double t, double degreesOfFreedom)
    {
        if (double.IsNaN(t) || degreesOfFreedom <= 0)
        {
            return double.NaN;
        }

        if (double.IsInfinity(t))
        {
            return 0;
        }

        return SpecialFunctions.BetaRegularized(degreesOfFreedom / 2, 0.5, degreesOfFreedom / (degreesOfFreedom + (t * t)));
    }
}
