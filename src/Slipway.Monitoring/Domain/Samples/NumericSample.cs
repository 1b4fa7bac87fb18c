namespace Slipway.Monitoring.Domain.Samples;

/// <summary>The finite values of one column of one sample, ascending. Infinities and NaN count as missing.</summary>
internal sealed class NumericSample
{
    private NumericSample(double[] sorted, int missing) => (Sorted, Missing) = (sorted, missing);

    public double[] Sorted { get; }

    public int Count => Sorted.Length;

    public int Missing { get; }

    public bool IsConstant => Sorted[0] == Sorted[^1];

    public static NumericSample Clean(ReadOnlySpan<double> values)
    {
        var kept = new double[values.Length];
        var count = 0;
        foreach (var value in values)
        {
            if (double.IsFinite(value))
            {
                // Adding zero turns -0 into 0: they are one value when values are counted.
                kept[count++] = value + 0.0;
            }
        }

        Array.Resize(ref kept, count);
        Array.Sort(kept);
        return new NumericSample(kept, values.Length - count);
    }

    /// <summary>A constant's mean is the constant itself, not a sum that rounds.</summary>
    public double Mean()
    {
        if (IsConstant)
        {
            return Sorted[0];
        }

        var sum = 0.0;
        foreach (var value in Sorted)
        {
            sum += value;
        }

        return sum / Count;
    }

    /// <summary>Sum of squared deviations from the mean.</summary>
    public double SquaredDeviations()
    {
        var mean = Mean();
        var sum = 0.0;
        foreach (var value in Sorted)
        {
            sum += (value - mean) * (value - mean);
        }

        return sum;
    }

    /// <summary>Population standard deviation (ddof 0).</summary>
    public double StandardDeviation() => Math.Sqrt(SquaredDeviations() / Count);

    public int CountDistinct()
    {
        var distinct = Count == 0 ? 0 : 1;
        for (var i = 1; i < Count; i++)
        {
            if (Sorted[i] != Sorted[i - 1])
            {
                distinct++;
            }
        }

        return distinct;
    }
}
