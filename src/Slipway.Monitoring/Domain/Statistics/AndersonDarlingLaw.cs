using MathNet.Numerics;

namespace Slipway.Monitoring.Domain.Statistics;

/// <summary>Variance and critical values of the k-sample Anderson-Darling statistic for k = 2 (F. Scholz, M. Stephens, JASA 82, 1987).</summary>
internal static class AndersonDarlingLaw
{
    private static readonly double[] Levels = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001];

    // The table's b0 + b1/sqrt(m) + b2/m at m = k - 1 = 1.
    private static readonly double[] Critical =
    [
        0.675 - 0.245 - 0.105, 1.281 + 0.25 - 0.305, 1.645 + 0.678 - 0.362, 1.96 + 1.149 - 0.391, 2.326 + 1.822 - 0.396,
        2.573 + 2.364 - 0.345, 3.085 + 3.615 - 0.154,
    ];

    /// <summary>log(level) as a quadratic of the critical value, by least squares; lowest power first.</summary>
    private static readonly double[] LogLevel = Fit.Polynomial(Critical, Array.ConvertAll(Levels, Math.Log), 2);

    public static double PValue(double statistic)
    {
        if (statistic < Critical[0])
        {
            return Levels[0];
        }

        return statistic > Critical[^1]
            ? Levels[^1]
            : Math.Exp(LogLevel[0] + (LogLevel[1] * statistic) + (LogLevel[2] * statistic * statistic));
    }

    public static double Variance(int n, int m)
    {
        const double K = 2;
        var total = n + m;
        var inverseSizes = (1.0 / n) + (1.0 / m);
        double h = 0, g = 0;
        for (var i = 1; i <= total - 2; i++)
        {
            h += 1.0 / (total - i);
            g += h / (i + 1);
        }

        h += 1;
        var a = (((4 * g) - 6) * (K - 1)) + ((10 - (6 * g)) * inverseSizes);
        var b = (((2 * g) - 4) * K * K) + (8 * h * K) + (((2 * g) - (14 * h) - 4) * inverseSizes) - (8 * h) + (4 * g) - 6;
        var c = (((6 * h) + (2 * g) - 2) * K * K) + (((4 * h) - (4 * g) + 6) * K) + (((2 * h) - 6) * inverseSizes) + (4 * h);
        var d = (((2 * h) + 6) * K * K) - (4 * h * K);
        double size = total;
        return ((a * size * size * size) + (b * size * size) + (c * size) + d) / ((size - 1) * (size - 2) * (size - 3));
    }
}
