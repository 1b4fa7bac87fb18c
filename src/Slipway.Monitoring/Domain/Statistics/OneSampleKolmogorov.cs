namespace Slipway.Monitoring.Domain.Statistics;

/// <summary>
/// The distribution of Kolmogorov's one-sample statistic D_n for finite n: P(D_n at least d). Which method is used where follows R. Simard and
/// P. L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution", J. Stat. Softw. 39(11), 2011.
/// </summary>
internal static class OneSampleKolmogorov
{
    public static double UpperTail(int n, double d)
    {
        var scaled = n * d;
        if (d >= 1)
        {
            return 0;
        }

        if (scaled <= 0.5)
        {
            return 1;
        }

        if (scaled <= 1)
        {
            return 1 - SmallestDistances(n, scaled);
        }

        if (scaled >= n - 1)
        {
            return 2 * Math.Pow(1 - d, n);
        }

        var squared = scaled * d;
        if (d >= 0.5 || squared >= (n <= 140 ? 4 : 2.2))
        {
            return squared >= 370 ? 0 : Math.Min(1, 2 * OneSidedUpperTail(n, d));
        }

        var below = n <= 140 || (n <= 100_000 && n * Math.Pow(d, 1.5) <= 1.4) ? MatrixPowerCdf(n, d) : PelzGoodCdf(n, d);
        return Math.Clamp(1 - below, 0, 1);
    }

    /// <summary>For 1/2n &lt;= d &lt;= 1/n: n! (2d - 1/n)^n.</summary>
    private static double SmallestDistances(int n, double scaled)
    {
        var log = n * Math.Log(((2 * scaled) - 1) / n);
        for (var i = 2; i <= n; i++)
        {
            log += Math.Log(i);
        }

        return Math.Exp(log);
    }

    /// <summary>Smirnov's exact sum for the one-sided statistic.</summary>
    private static double OneSidedUpperTail(int n, double d)
    {
        var last = (int)Math.Floor(n * (1 - d));
        var sum = 0.0;
        for (var j = 0; j <= last; j++)
        {
            var p = d + ((double)j / n);
            if (p < 1)
            {
                sum += d / p * BinomialWeight.Of(j, n, p);
            }
            else if (j == n)
            {
                sum += d;
            }
        }

        return sum;
    }

    /// <summary>Durbin's matrix in the form of Marsaglia, Tsang and Wang (J. Stat. Softw. 8(18), 2003): the middle entry of H^n times n!/n^n.</summary>
    private static double MatrixPowerCdf(int n, double d)
    {
        var k = (int)(n * d) + 1;
        var size = (2 * k) - 1;
        var h = k - (n * d);
        var matrix = new double[size, size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                matrix[i, j] = i - j + 1 < 0 ? 0 : 1;
            }
        }

        for (var i = 0; i < size; i++)
        {
            matrix[i, 0] -= Math.Pow(h, i + 1);
            matrix[size - 1, i] -= Math.Pow(h, size - i);
        }

        matrix[size - 1, 0] += (2 * h) - 1 > 0 ? Math.Pow((2 * h) - 1, size) : 0;
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                for (var g = 1; g <= i - j + 1; g++)
                {
                    matrix[i, j] /= g;
                }
            }
        }

        var (power, exponent) = Power(matrix, size, n, k - 1);
        var value = power[k - 1, k - 1];
        for (var i = 1; i <= n; i++)
        {
            value = value * i / n;
            if (value < 1e-140)
            {
                value *= 1e140;
                exponent -= 140;
            }
        }

        return value * Math.Pow(10, exponent);
    }

    private static (double[,] Matrix, int Exponent) Power(double[,] matrix, int size, int n, int middle)
    {
        var result = new double[size, size];
        for (var i = 0; i < size; i++)
        {
            result[i, i] = 1;
        }

        var (resultExponent, factor, factorExponent) = (0, matrix, 0);
        for (var bits = n; bits > 0; bits >>= 1)
        {
            if ((bits & 1) == 1)
            {
                result = Multiply(result, factor, size);
                resultExponent += factorExponent + Rescale(result, size, middle);
            }

            if (bits > 1)
            {
                factor = Multiply(factor, factor, size);
                factorExponent = (2 * factorExponent) + Rescale(factor, size, middle);
            }
        }

        return (result, resultExponent);
    }

    private static double[,] Multiply(double[,] a, double[,] b, int size)
    {
        var product = new double[size, size];
        for (var i = 0; i < size; i++)
        {
            for (var l = 0; l < size; l++)
            {
                var left = a[i, l];
                for (var j = 0; j < size; j++)
                {
                    product[i, j] += left * b[l, j];
                }
            }
        }

        return product;
    }

    private static int Rescale(double[,] matrix, int size, int middle)
    {
        if (matrix[middle, middle] <= 1e140)
        {
            return 0;
        }

        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                matrix[i, j] *= 1e-140;
            }
        }

        return 140;
    }

    /// <summary>The asymptotic series of Pelz and Good (1976) in 1/sqrt(n), to the third order.</summary>
    private static double PelzGoodCdf(int n, double d)
    {
        var root = Math.Sqrt(n);
        var z = root * d;
        var z2 = z * z;
        var (z4, z6, z8) = (z2 * z2, z2 * z2 * z2, z2 * z2 * z2 * z2);
        const double Pi2 = Math.PI * Math.PI;
        var decay = Pi2 / (2 * z2);
        double zeroth = 0, first = 0, second = 0, secondWhole = 0, third = 0, thirdWhole = 0;
        for (var j = 20; j >= 0; j--)
        {
            var half = Pi2 * (j + 0.5) * (j + 0.5);
            var weight = Math.Exp(-decay * (j + 0.5) * (j + 0.5));
            zeroth += weight;
            first += (half - z2) * weight;
            second += ((6 * z6) + (2 * z4) + (half * ((2 * z4) - (5 * z2))) + (half * half * (1 - (2 * z2)))) * weight;
            third += ((half * half * half * (5 - (30 * z2))) + (half * half * ((212 * z4) - (60 * z2))) + (half * ((135 * z4) - (96 * z6)))
                - (30 * z6) - (90 * z8)) * weight;

            var whole = Pi2 * j * j;
            var wholeWeight = Math.Exp(-decay * j * j);
            secondWhole += whole * wholeWeight;
            thirdWhole += ((3 * whole * z2) - (whole * whole)) * wholeWeight;
        }

        var scale = Math.Sqrt(Math.PI / 2);
        return (2 * scale / z * zeroth)
            + (scale / (root * 3 * z4) * first)
            + (scale / (n * 36 * z6 * z) * second) - (scale / (n * 18 * z2 * z) * secondWhole)
            + (scale / (n * root * 3240 * z6 * z4) * third) + (scale / (n * root * 108 * z6) * thirdWhole);
    }
}
