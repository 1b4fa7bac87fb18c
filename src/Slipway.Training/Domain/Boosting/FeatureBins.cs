using Slipway.Training.Domain.Features;

namespace Slipway.Training.Domain.Boosting;

/// <summary>
/// How a float32 column becomes bytes. Bin 0 is missing. Numbers: bin i is the i-th interval, closed on the right by
/// <c>Thresholds[i - 1]</c>. Categories: the bin is the code.
/// </summary>
internal sealed class FeatureBins
{
    /// <summary>More rows than this do not move the quantiles that matter; scikit-learn samples as many.</summary>
    private const int MaxSample = 200_000;

    private FeatureBins(bool isCategory, double[] thresholds, int count) => (IsCategory, Thresholds, Count) = (isCategory, thresholds, count);

    public bool IsCategory { get; }

    /// <summary>Between bin i and bin i + 1, ascending; halfway between float32 values, so held as doubles.</summary>
    public double[] Thresholds { get; }

    /// <summary>The number of bins, missing included.</summary>
    public int Count { get; }

    public static FeatureBins Fit(Feature feature, float[] column, int maxBins, ulong seed)
    {
        if (feature.IsCategory)
        {
            return new FeatureBins(true, [], feature.Codes);
        }

        var sorted = PresentSorted(column, seed);
        var thresholds = Thresholded(sorted, maxBins);
        return new FeatureBins(false, thresholds, thresholds.Length + 2);
    }

    public void Apply(float[] column, byte[] bins)
    {
        if (IsCategory)
        {
            for (var i = 0; i < column.Length; i++)
            {
                bins[i] = (byte)column[i];
            }

            return;
        }

        for (var i = 0; i < column.Length; i++)
        {
            bins[i] = BinOf(column[i]);
        }
    }

    private byte BinOf(double value)
    {
        if (double.IsNaN(value))
        {
            return 0;
        }

        // The first threshold that is not below the value, without branches on the data: 8 steps for 254 thresholds.
        var (low, length) = (0, Thresholds.Length);
        while (length > 0)
        {
            var half = length >> 1;
            var below = Thresholds[low + half] < value;
            low = below ? low + half + 1 : low;
            length = below ? length - half - 1 : half;
        }

        return (byte)(low + 1);
    }

    private static float[] PresentSorted(float[] column, ulong seed)
    {
        var random = new SplitMix64(seed);
        var keepAll = column.Length <= MaxSample;
        var keepShare = MaxSample / (double)column.Length;
        var present = new List<float>(Math.Min(column.Length, MaxSample + (MaxSample / 10)));
        foreach (var value in column)
        {
            if (!float.IsNaN(value) && (keepAll || random.NextDouble() < keepShare))
            {
                present.Add(value);
            }
        }

        var sorted = present.ToArray();
        Array.Sort(sorted);
        return sorted;
    }

    private static double[] Thresholded(float[] sorted, int maxBins)
    {
        var distinct = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            distinct += i == 0 || sorted[i] != sorted[i - 1] ? 1 : 0;
        }

        var thresholds = new List<double>(Math.Min(distinct, maxBins));
        if (distinct <= maxBins)
        {
            for (var i = 1; i < sorted.Length; i++)
            {
                if (sorted[i] != sorted[i - 1])
                {
                    thresholds.Add(Between(sorted[i - 1], sorted[i]));
                }
            }
        }
        else
        {
            for (var q = 1; q < maxBins; q++)
            {
                var position = (int)((long)q * (sorted.Length - 1) / maxBins);
                var threshold = Between(sorted[position], sorted[position + 1]);
                if (thresholds.Count == 0 || threshold > thresholds[^1])
                {
                    thresholds.Add(threshold);
                }
            }
        }

        return [.. thresholds];
    }

    // Infinities are values like others; halfway to one of them there is nothing, so the finite neighbour (or -infinity) itself is the limit.
    private static double Between(float low, float high)
    {
        var middle = (low / 2.0) + (high / 2.0);
        return double.IsFinite(middle) ? middle : low;
    }
}
