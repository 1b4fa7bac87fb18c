using MathNet.Numerics.LinearAlgebra;
using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.Statistics;

/// <summary>The statistic of T. Epps and K. Singleton (J. Stat. Comput. Simul. 26, 1986), with their correction for small samples.</summary>
internal static class EppsSingleton
{
    private static readonly double[] Points = [0.4, 0.8];

    private const int Coordinates = 4;

    /// <summary>Below this size of the larger sample the statistic is corrected.</summary>
    private const int SmallSample = 25;

    /// <summary>Half the interquartile range of the pooled values; zero makes the test undefined.</summary>
    public static double Spread(NumericSample reference, NumericSample current)
    {
        int low = 0, high = 0;
        var pooled = reference.Count + current.Count;
        var merged = new double[pooled];
        for (var i = 0; i < pooled; i++)
        {
            merged[i] = high >= current.Count || (low < reference.Count && reference.Sorted[low] <= current.Sorted[high])
                ? reference.Sorted[low++]
                : current.Sorted[high++];
        }

        return (Quantile(merged, 0.75) - Quantile(merged, 0.25)) / 2;
    }

    /// <summary>The statistic and the rank of its covariance, which is the degrees of freedom of its chi-square law.</summary>
    public static (double Statistic, int Rank) Statistic(NumericSample reference, NumericSample current)
    {
        var spread = Spread(reference, current);
        double n = reference.Count, m = current.Count, total = n + m;
        var (referenceMean, referenceCovariance) = Moments(reference.Sorted, spread);
        var (currentMean, currentCovariance) = Moments(current.Sorted, spread);
        var inverse = ((referenceCovariance * (total / n)) + (currentCovariance * (total / m))).PseudoInverse();
        var gap = referenceMean - currentMean;
        var statistic = total * gap.DotProduct(inverse * gap);
        if (Math.Max(n, m) < SmallSample)
        {
            statistic /= 1 + Math.Pow(total, -0.45) + (10.1 * (Math.Pow(n, -1.7) + Math.Pow(m, -1.7)));
        }

        return (statistic, inverse.Rank());
    }

    /// <summary>Mean and covariance (divided by n) of cos and sin of the values at both points.</summary>
    private static (Vector<double> Mean, Matrix<double> Covariance) Moments(double[] values, double spread)
    {
        var mean = new double[Coordinates];
        Span<double> at = stackalloc double[Coordinates];
        foreach (var value in values)
        {
            Coordinate(value, spread, at);
            for (var i = 0; i < Coordinates; i++)
            {
                mean[i] += at[i];
            }
        }

        for (var i = 0; i < Coordinates; i++)
        {
            mean[i] /= values.Length;
        }

        var covariance = new double[Coordinates, Coordinates];
        foreach (var value in values)
        {
            Coordinate(value, spread, at);
            for (var i = 0; i < Coordinates; i++)
            {
                for (var j = 0; j < Coordinates; j++)
                {
                    covariance[i, j] += (at[i] - mean[i]) * (at[j] - mean[j]) / values.Length;
                }
            }
        }

        return (Vector<double>.Build.DenseOfArray(mean), Matrix<double>.Build.DenseOfArray(covariance));
    }

    private static void Coordinate(double value, double spread, Span<double> at)
    {
        for (var i = 0; i < Points.Length; i++)
        {
            (at[i + Points.Length], at[i]) = Math.SinCos(Points[i] / spread * value);
        }
    }

    private static double Quantile(double[] sorted, double share)
    {
        var position = share * (sorted.Length - 1);
        var below = (int)position;
        var next = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[next] - sorted[below]) * (position - below));
    }
}
