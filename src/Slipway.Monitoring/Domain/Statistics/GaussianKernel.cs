namespace Slipway.Monitoring.Domain.Statistics;

/// <summary>
/// The kernel matrix of two pooled samples and the discrepancy of any split of it. Row sums and the total are computed once: a split then needs only
/// the sum over the pairs inside its first part.
/// </summary>
internal sealed class GaussianKernel
{
    private readonly int _first;
    private readonly int _size;
    private readonly double[] _kernel;
    private readonly double[] _rowSums;
    private readonly double _total;
    private readonly int[] _order;

    public GaussianKernel(double[] reference, double[] current)
    {
        _first = reference.Length;
        _size = reference.Length + current.Length;
        double[] pooled = [.. reference, .. current];
        Bandwidth = MedianBandwidth(reference);
        var gamma = 1 / (2 * Bandwidth * Bandwidth);
        _kernel = new double[_size * _size];
        _rowSums = new double[_size];
        for (var i = 0; i < _size; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var gap = pooled[i] - pooled[j];
                var weight = Math.Exp(-gamma * gap * gap);
                _kernel[(i * _size) + j] = _kernel[(j * _size) + i] = weight;
                _rowSums[i] += weight;
                _rowSums[j] += weight;
            }
        }

        _total = _rowSums.Sum();
        _order = [.. Enumerable.Range(0, _size)];
    }

    /// <summary>Square root of half the median squared distance within the reference, the zero distances to itself included; sqrt(1/2) if that is zero.</summary>
    public double Bandwidth { get; }

    /// <summary>The discrepancy of the samples as they came.</summary>
    public double ObservedDiscrepancy()
    {
        for (var i = 0; i < _size; i++)
        {
            _order[i] = i;
        }

        return Discrepancy();
    }

    /// <summary>The discrepancy after a random relabelling.</summary>
    public double PermutedDiscrepancy(Random random)
    {
        random.Shuffle(_order);
        return Discrepancy();
    }

    private double Discrepancy()
    {
        double within = 0, touching = 0;
        for (var i = 0; i < _first; i++)
        {
            var row = _kernel.AsSpan(_order[i] * _size, _size);
            touching += _rowSums[_order[i]];
            for (var j = 0; j < i; j++)
            {
                within += row[_order[j]];
            }
        }

        within *= 2;
        var across = touching - within;
        var withinSecond = _total - within - (2 * across);
        double n = _first, m = _size - _first;
        return (within / (n * (n - 1))) + (withinSecond / (m * (m - 1))) - (2 * across / (n * m));
    }

    private static double MedianBandwidth(double[] values)
    {
        var n = values.Length;
        var squares = new double[n * (n - 1) / 2];
        var next = 0;
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < i; j++)
            {
                squares[next++] = (values[i] - values[j]) * (values[i] - values[j]);
            }
        }

        Array.Sort(squares);
        // The nearest rank of the median among all n^2 distances: n zeros, then every square twice.
        var rank = (long)Math.Round(0.5 * (((double)n * n) - 1), MidpointRounding.ToEven);
        var median = rank < n ? 0 : squares[(rank - n) / 2];
        return Math.Sqrt(median == 0 ? 0.5 : median / 2);
    }
}
