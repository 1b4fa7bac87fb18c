namespace Slipway.Monitoring.Domain.Statistics;

/// <summary>The exact distribution of Mann and Whitney's U without ties.</summary>
internal static class MannWhitneyLaw
{
    /// <summary>P(U at least u). The law is symmetric about mn/2, so only the lower half is ever counted.</summary>
    public static double UpperTail(long u, int m, int n)
    {
        var mirrored = ((long)m * n) - u;
        if (u <= 0)
        {
            return 1;
        }

        if (mirrored < 0)
        {
            return 0;
        }

        return 2 * mirrored < (long)m * n ? LowerTail(mirrored, m, n) : 1 - LowerTail(u - 1, m, n);
    }

    /// <summary>
    /// P(U at most k) for k below mn/2: coefficients of the Gaussian binomial, prod (1 - q^(N+i)) / (1 - q^i) over the smaller sample.
    /// O(min(m,n) k).
    /// </summary>
    private static double LowerTail(long k, int m, int n)
    {
        var (small, large) = m < n ? (m, n) : (n, m);
        var ways = new double[k + 1];
        ways[0] = 1;
        for (var i = 1; i <= small; i++)
        {
            for (long s = i; s <= k; s++)
            {
                ways[s] += ways[s - i];
            }
        }

        for (var i = 1; i <= small; i++)
        {
            for (var s = k; s >= large + i; s--)
            {
                ways[s] -= ways[s - large - i];
            }
        }

        var total = 1.0;
        for (var i = 1; i <= small; i++)
        {
            total = total * (large + i) / i;
        }

        return Math.Clamp(ways.Sum() / total, 0, 1);
    }
}
