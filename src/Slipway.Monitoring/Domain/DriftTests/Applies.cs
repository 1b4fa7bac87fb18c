using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>What several tests ask of a column.</summary>
internal static class Applies
{
    /// <summary>A numeric column with at most this many values is treated as categories where a test counts values.</summary>
    public const int FewValues = 5;

    public static bool Numeric(ColumnPair pair) => pair.Kind == ColumnKind.Numeric;

    public static bool Counted(ColumnPair pair) => pair.Kind == ColumnKind.Categorical || pair.DistinctValues <= FewValues;

    public static bool Binary(ColumnPair pair) => pair.DistinctValues <= 2;
}
