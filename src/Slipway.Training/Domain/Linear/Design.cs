using Slipway.Training.Domain.Features;

namespace Slipway.Training.Domain.Linear;

/// <summary>
/// The rows as a linear model sees them: a number takes one standardised column (missing and infinite ones are the mean, 0), a category
/// one column per code of which exactly one is 1, and a last column is always 1. Kept sparse: each row has one entry per feature and the last.
/// </summary>
internal sealed class Design
{
    private readonly FeatureSet _features;
    private readonly float[][] _columns;

    public Design(FeatureSet features, float[][] columns)
    {
        (_features, _columns) = (features, columns);
        Offsets = new int[features.Count];
        Means = new double[features.Count];
        Scales = new double[features.Count];
        for (var f = 0; f < features.Count; f++)
        {
            Offsets[f] = Width;
            Width += features.Features[f].IsCategory ? features.Features[f].Codes : 1;
            (Means[f], Scales[f]) = features.Features[f].IsCategory ? (0, 1) : Standardise(columns[f]);
        }

        Width++;
    }

    public int Rows => _columns[0].Length;

    /// <summary>The number of columns, the constant one included.</summary>
    public int Width { get; }

    /// <summary>The first column of each feature.</summary>
    public int[] Offsets { get; }

    public double[] Means { get; }

    public double[] Scales { get; }

    /// <summary>Entries of a row: one per feature and the constant.</summary>
    public int Entries => Offsets.Length + 1;

    public void Row(int row, Span<int> at, Span<double> values)
    {
        for (var f = 0; f < Offsets.Length; f++)
        {
            var x = _columns[f][row];
            if (_features.Features[f].IsCategory)
            {
                (at[f], values[f]) = (Offsets[f] + (int)x, 1);
            }
            else
            {
                (at[f], values[f]) = (Offsets[f], float.IsFinite(x) ? (x - Means[f]) / Scales[f] : 0);
            }
        }

        (at[Offsets.Length], values[Offsets.Length]) = (Width - 1, 1);
    }

    private static (double Mean, double Scale) Standardise(float[] column)
    {
        var (sum, count) = (0.0, 0);
        foreach (var x in column)
        {
            if (float.IsFinite(x))
            {
                sum += x;
                count++;
            }
        }

        var mean = count > 0 ? sum / count : 0;
        var squares = 0.0;
        foreach (var x in column)
        {
            squares += float.IsFinite(x) ? (x - mean) * (x - mean) : 0;
        }

        var scale = count > 0 ? Math.Sqrt(squares / count) : 0;
        return (mean, scale > 1e-12 * Math.Max(1, Math.Abs(mean)) ? scale : 1);
    }
}
