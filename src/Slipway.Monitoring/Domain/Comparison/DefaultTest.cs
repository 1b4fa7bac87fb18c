using Slipway.Monitoring.Domain.DriftTests;
using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.Comparison;

/// <summary>Which test decides for a column: by the reference's size after cleaning and the number of distinct values on both sides.</summary>
internal static class DefaultTest
{
    /// <summary>Above this reference size p-values see every difference, however small, so distances decide.</summary>
    public const int LargeReference = 1_000;

    /// <param name="twoSampleChiSquare">Where chisquare would decide, let the two-sample form decide instead.</param>
    public static IDriftTest For(ColumnPair pair, bool twoSampleChiSquare) => DriftTestCatalog.Get(NameFor(pair, twoSampleChiSquare));

    private static string NameFor(ColumnPair pair, bool twoSampleChiSquare)
    {
        var manyNumbers = pair.Kind == ColumnKind.Numeric && pair.DistinctValues > Applies.FewValues;
        if (pair.ReferenceCount > LargeReference)
        {
            return manyNumbers ? "wasserstein" : "jensenshannon";
        }

        if (manyNumbers)
        {
            return "ks";
        }

        return pair.DistinctValues <= 2 ? "z" : twoSampleChiSquare ? "chisquare_two_sample" : "chisquare";
    }
}
