using System.Numerics;

namespace Slipway.Monitoring.Domain.Statistics;

/// <summary>P-values of the two-sample Kolmogorov-Smirnov statistic: exact by counting lattice paths, or through the one-sample law.</summary>
internal static class TwoSampleKolmogorov
{
    /// <summary>Up to this size of the larger sample p-values are exact.</summary>
    public const int ExactUpTo = 10_000;

    /// <param name="gap">max |i n - j m| over the pooled values: the statistic times m n, kept whole so that nothing rounds.</param>
    public static double PValue(int m, int n, long gap)
    {
        if (gap == 0)
        {
            return 1;
        }

        var divisor = (int)BigInteger.GreatestCommonDivisor(m, n);
        var steps = gap / divisor;
        if (Math.Max(m, n) <= ExactUpTo)
        {
            return Math.Clamp(m == n ? OutsideSquare(n, steps) : OutsideBand(Math.Max(m, n), Math.Min(m, n), divisor, steps), 0, 1);
        }

        return Asymptotic(m, n, gap);
    }

    /// <summary>The one-sample law at n = mn/(m+n), rounded to even.</summary>
    public static double Asymptotic(int m, int n, long gap)
    {
        var effective = Math.Round((double)m * n / ((double)m + n), MidpointRounding.ToEven);
        return OneSampleKolmogorov.UpperTail(Math.Max(1, (int)effective), (double)gap / ((double)m * n));
    }

    /// <summary>Equal sizes: the reflection principle gives an alternating sum of binomial ratios, evaluated from its small end.</summary>
    private static double OutsideSquare(int n, long steps)
    {
        var p = 0.0;
        for (var k = n / steps; k >= 0; k--)
        {
            var ratio = 1.0;
            for (var j = 0; j < steps; j++)
            {
                ratio = ((double)n - (k * steps) - j) * ratio / ((double)n + (k * steps) + j + 1);
            }

            p = ratio * (1 - p);
        }

        return 2 * p;
    }

    /// <summary>
    /// Unequal sizes: the share of lattice paths from (0,0) to (m,n) that leave the band |x n - y m| &lt; gap, column by column. Shares instead of
    /// counts neither overflow nor cancel, so p-values of 1e-17 come out right.
    /// </summary>
    private static double OutsideBand(int m, int n, int divisor, long steps)
    {
        long stepX = m / divisor, stepY = n / divisor;
        int low = 0, high = (int)Math.Min(CeilDiv(steps, stepX), n + 1L);
        // outside[j - low] is the share of paths to (i, j) that have left the band; everything beyond the window has left it.
        var outside = new double[Math.Min((2 * high) + 2, n + 1)];
        Array.Fill(outside, 1.0);
        Array.Clear(outside, 0, Math.Min(high, outside.Length));
        for (var i = 1; i <= m; i++)
        {
            var (lastLow, lastLength) = (low, high - low);
            low = (int)Math.Min(Math.Max(FloorDiv((stepY * i) - steps, stepX) + 1, 0), n);
            high = (int)Math.Min(CeilDiv((stepY * i) + steps, stepX), n + 1L);
            if (high <= low)
            {
                return 1;
            }

            var value = low == 0 ? 0.0 : 1.0;
            var length = high - low;
            for (var k = 0; k < length; k++)
            {
                double j = k + low;
                value = ((outside[k + low - lastLow] * i) + (value * j)) / (i + j);
                outside[k] = value;
            }

            if (lastLength > length)
            {
                Array.Fill(outside, 1.0, length, lastLength - length);
            }
        }

        return outside[high - low - 1];
    }

    private static long FloorDiv(long a, long b) => a >= 0 ? a / b : -((-a + b - 1) / b);

    private static long CeilDiv(long a, long b) => -FloorDiv(-a, b);
}
