using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.DriftTests;

/// <summary>One way to tell whether two samples of a column differ. Adding one means adding a class and a line in <see cref="DriftTestCatalog"/>.</summary>
internal interface IDriftTest
{
    /// <summary>As Evidently calls it.</summary>
    string Name { get; }

    /// <summary>The default threshold: of the p-value for tests, of the distance for distances.</summary>
    double Threshold { get; }

    /// <summary>Whether the column's kind and values make the test meaningful.</summary>
    bool AppliesTo(ColumnPair pair);

    /// <param name="seed">For tests that permute; others ignore it. The same seed gives the same answer.</param>
    DriftScore Measure(ColumnPair pair, int seed);

    bool IsDrift(DriftScore score, double threshold);
}
