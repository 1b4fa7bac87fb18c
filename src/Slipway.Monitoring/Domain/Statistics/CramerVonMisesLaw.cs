using MathNet.Numerics;

namespace Slipway.Monitoring.Domain.Statistics;

/// <summary>P-values of the two-sample Cramer-von Mises statistic (T. Anderson, Ann. Math. Statist. 33, 1962; Y. Xiao, A. Gordon, A. Yakovlev, J. Stat. Softw. 17(8), 2007).</summary>
internal static class CramerVonMisesLaw
{
    public const int ExactUpTo = 20;

    /// <summary>Share of the arrangements of m and n values whose rank statistic is at least <paramref name="u"/>.</summary>
    public static double ExactUpperTail(double u, int m, int n)
    {
        long common = m / (long)System.Numerics.BigInteger.GreatestCommonDivisor(m, n) * n;
        long stepM = common / m, stepN = common / n, product = (long)m * n;
        var bound = Math.Floor((double)common * common * (m + n) * ((6 * u) - (product * ((4 * product) - 1))) / (6.0 * product * product));

        // rows[v] holds, for paths to (current column, v), every reachable sum of squared gaps (ascending) and its number of paths.
        var rows = new PathSums[m + 1];
        for (var column = 0; column <= n; column++)
        {
            var below = PathSums.None;
            for (var v = 0; v <= m; v++)
            {
                var before = column == 0 ? (v == 0 ? PathSums.Start : PathSums.None) : rows[v];
                var gap = (stepM * v) - (stepN * column);
                below = PathSums.Merge(below, before, gap * gap);
                rows[v] = below;
            }
        }

        double reached = 0, all = 0;
        for (var i = 0; i < rows[m].Sums.Length; i++)
        {
            all += rows[m].Paths[i];
            reached += rows[m].Sums[i] >= bound ? rows[m].Paths[i] : 0;
        }

        return reached / all;
    }

    /// <summary>
    /// Upper tail of the limiting law through its Bessel series; 1 - cdf, so it floors near 1e-8. That floor is what the reference tools report.
    /// </summary>
    public static double LimitUpperTail(double x)
    {
        if (x < 0.003)
        {
            return 1;
        }

        double cdf = 0, term;
        var k = 0;
        do
        {
            var y = (4 * k) + 1;
            var q = y * (double)y / (16 * x);
            var weight = Math.Exp(SpecialFunctions.GammaLn(k + 0.5) - SpecialFunctions.GammaLn(k + 1)) / (Math.Pow(Math.PI, 1.5) * Math.Sqrt(x));
            // K(q) e^-q vanishes long before q = 300, where the unscaled K underflows.
            term = q > 300 ? 0 : weight * Math.Sqrt(y) * Math.Exp(-q) * SpecialFunctions.BesselK(0.25, q);
            cdf += term;
            k++;
        }
        while (Math.Abs(term) >= 1e-7);

        return Math.Max(0, 1 - cdf);
    }

    private sealed record PathSums(long[] Sums, double[] Paths)
    {
        public static PathSums None { get; } = new([], []);

        public static PathSums Start { get; } = new([0], [1]);

        /// <summary>Both sets of paths together, each sum raised by the square of the gap at the point where they meet.</summary>
        public static PathSums Merge(PathSums a, PathSums b, long raise)
        {
            var sums = new long[a.Sums.Length + b.Sums.Length];
            var paths = new double[sums.Length];
            int i = 0, j = 0, count = 0;
            while (i < a.Sums.Length || j < b.Sums.Length)
            {
                var takeA = j == b.Sums.Length || (i < a.Sums.Length && a.Sums[i] <= b.Sums[j]);
                var takeB = i == a.Sums.Length || (j < b.Sums.Length && b.Sums[j] <= a.Sums[i]);
                sums[count] = (takeA ? a.Sums[i] : b.Sums[j]) + raise;
                paths[count++] = (takeA ? a.Paths[i++] : 0) + (takeB ? b.Paths[j++] : 0);
            }

            return new PathSums(sums[..count], paths[..count]);
        }
    }
}
