namespace Slipway.Monitoring.Domain.Samples;

/// <summary>The shares of both samples over the same bins, as psi, kl_div and jensenshannon see them.</summary>
internal sealed record BinnedShares(double[] Reference, double[] Current)
{
    /// <summary>With at most this many distinct reference values a numeric column is binned by value.</summary>
    private const int MaxByValue = 20;

    public static BinnedShares Of(ColumnPair pair)
    {
        if (pair.Kind != ColumnKind.Numeric || pair.DistinctInReference <= MaxByValue)
        {
            return ByValue(pair.Counts);
        }

        var (reference, current) = (pair.Reference.Sorted, pair.Current.Sorted);
        var edges = Histogram.SturgesEdges(
            Math.Min(reference[0], current[0]), Math.Max(reference[^1], current[^1]), reference.Length + current.Length);
        return new BinnedShares(Histogram.Shares(reference, edges), Histogram.Shares(current, edges));
    }

    public static BinnedShares ByValue(CategoryCounts counts) => new(
        Array.ConvertAll(counts.Reference, c => (double)c / counts.ReferenceTotal),
        Array.ConvertAll(counts.Current, c => (double)c / counts.CurrentTotal));

    /// <summary>
    /// Zero shares replaced, so that logarithms exist: by 0.0001, or by a millionth of the sample's smallest share where that is 0.0001 or less.
    /// </summary>
    public BinnedShares WithZerosFilled() => new(FillZeros(Reference), FillZeros(Current));

    private static double[] FillZeros(double[] shares)
    {
        var smallest = shares.Where(s => s > 0).Min();
        var fill = smallest <= 0.0001 ? smallest / 1e6 : 0.0001;
        return Array.ConvertAll(shares, s => s == 0 ? fill : s);
    }
}
