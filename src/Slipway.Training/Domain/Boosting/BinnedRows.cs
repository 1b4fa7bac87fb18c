using Slipway.Training.Domain.Features;

namespace Slipway.Training.Domain.Boosting;

/// <summary>The training rows as bytes, column by column: [features][rows]. A quarter of the float columns, so that a column of 100k rows stays in L2.</summary>
internal sealed class BinnedRows
{
    private BinnedRows(FeatureBins[] features, byte[][] columns) => (Features, Columns) = (features, columns);

    public FeatureBins[] Features { get; }

    public byte[][] Columns { get; }

    public int Rows => Columns.Length == 0 ? 0 : Columns[0].Length;

    public static BinnedRows From(FeatureSet set, float[][] columns, int maxBins, ulong seed, Workers workers)
    {
        var bins = new FeatureBins[set.Count];
        var binned = new byte[set.Count][];
        workers.ForEach(set.Count, (long)set.Count * columns[0].Length * 8, f =>
        {
            bins[f] = FeatureBins.Fit(set.Features[f], columns[f], maxBins, seed + (ulong)f);
            binned[f] = new byte[columns[f].Length];
            bins[f].Apply(columns[f], binned[f]);
        });
        return new BinnedRows(bins, binned);
    }
}
