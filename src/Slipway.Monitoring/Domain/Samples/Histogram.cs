namespace Slipway.Monitoring.Domain.Samples;

/// <summary>Equal-width bins by Sturges' rule, with edges where numpy puts them.</summary>
internal static class Histogram
{
    /// <summary>
    /// Edges from <paramref name="min"/> to <paramref name="max"/>: a bin is range / (log2 n + 1) wide at most, the last edge is exactly the maximum.
    /// A single value gets one bin of width 1 around it.
    /// </summary>
    public static double[] SturgesEdges(double min, double max, int n)
    {
        if (min == max)
        {
            return [min - 0.5, max + 0.5];
        }

        var width = (max - min) / (Math.Log2(n) + 1);
        var bins = (int)Math.Ceiling((max - min) / width);
        var step = (max - min) / bins;
        var edges = new double[bins + 1];
        for (var i = 0; i < bins; i++)
        {
            edges[i] = (i * step) + min;
        }

        edges[bins] = max;
        return edges;
    }

    /// <summary>The share of the sample in each bin [edge, next edge); the last bin is closed.</summary>
    public static double[] Shares(double[] sorted, double[] edges)
    {
        var shares = new double[edges.Length - 1];
        var from = 0;
        for (var bin = 0; bin < shares.Length; bin++)
        {
            var until = bin == shares.Length - 1 ? FirstAbove(sorted, edges[bin + 1]) : FirstAtLeast(sorted, edges[bin + 1]);
            shares[bin] = (double)(until - from) / sorted.Length;
            from = until;
        }

        return shares;
    }

    private static int FirstAtLeast(double[] sorted, double value)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = sorted[middle] < value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static int FirstAbove(double[] sorted, double value)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = sorted[middle] <= value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
