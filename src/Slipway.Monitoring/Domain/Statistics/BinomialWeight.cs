using MathNet.Numerics;

namespace Slipway.Monitoring.Domain.Statistics;

/// <summary>
/// Binomial probabilities by the saddle-point form (C. Loader, "Fast and accurate computation of binomial probabilities", 2000): differences of
/// large log-factorials would lose nine digits at n = 1,000,000.
/// </summary>
internal static class BinomialWeight
{
    /// <summary>P(X = k) for X ~ Binomial(n, p), 0 &lt; p &lt; 1.</summary>
    public static double Of(int k, int n, double p)
    {
        if (k == 0)
        {
            return Math.Exp(n * Math.Log(1 - p));
        }

        if (k == n)
        {
            return Math.Exp(n * Math.Log(p));
        }

        var exponent = StirlingError(n) - StirlingError(k) - StirlingError(n - k) - Deviance(k, n * p) - Deviance(n - k, n * (1 - p));
        return Math.Exp(exponent) * Math.Sqrt(n / (2 * Math.PI * k * (n - k)));
    }

    /// <summary>log(n!) - log(sqrt(2 pi n) (n/e)^n).</summary>
    private static double StirlingError(double n)
    {
        if (n < 16)
        {
            return SpecialFunctions.FactorialLn((int)n) - (0.5 * Math.Log(2 * Math.PI * n)) - (n * Math.Log(n)) + n;
        }

        var square = n * n;
        return ((1.0 / 12) - (((1.0 / 360) - (((1.0 / 1260) - ((1.0 / 1680) - ((1.0 / 1188) / square)) / square) / square)) / square)) / n;
    }

    /// <summary>x log(x/m) + m - x without cancellation near x = m.</summary>
    private static double Deviance(double x, double m)
    {
        if (Math.Abs(x - m) >= 0.1 * (x + m))
        {
            return (x * Math.Log(x / m)) + m - x;
        }

        var v = (x - m) / (x + m);
        var sum = (x - m) * v;
        var term = 2 * x * v;
        for (var j = 1; j < 1000; j++)
        {
            term *= v * v;
            var next = sum + (term / ((2 * j) + 1));
            if (next == sum)
            {
                break;
            }

            sum = next;
        }

        return sum;
    }
}
