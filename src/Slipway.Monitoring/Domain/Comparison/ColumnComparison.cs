using Slipway.Monitoring.Domain.DriftTests;
using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.Comparison;

internal sealed record TestOutcome(IDriftTest Test, DriftScore Score, double Threshold, bool Drifted);

/// <param name="Deciding">The outcome of the default test, also among <paramref name="Tests"/>; the column drifted when it says so.</param>
internal sealed record ColumnComparison(
    string Column, ColumnKind Kind, double ReferenceMissing, double CurrentMissing, TestOutcome Deciding, IReadOnlyList<TestOutcome> Tests)
{
    /// <summary>Set when a correction across columns was asked for and the deciding test has a p-value.</summary>
    public double? AdjustedPValue { get; init; }

    public bool Drifted => AdjustedPValue is { } adjusted
        ? Deciding.Test.IsDrift(Deciding.Score with { PValue = adjusted }, Deciding.Threshold)
        : Deciding.Drifted;

    public static ColumnComparison Of(ColumnPair pair, DriftSettings settings)
    {
        var deciding = DefaultTest.For(pair, settings.TwoSampleChiSquare);
        var outcomes = new List<TestOutcome>();
        foreach (var test in DriftTestCatalog.All)
        {
            if (test == deciding || (settings.AllTests && IsListed(test, settings) && test.AppliesTo(pair)))
            {
                var score = test.Measure(pair, settings.Seed);
                outcomes.Add(new TestOutcome(test, score, test.Threshold, test.IsDrift(score, test.Threshold)));
            }
        }

        return new ColumnComparison(
            pair.Name, pair.Kind, pair.ReferenceMissing, pair.CurrentMissing, outcomes.Single(o => o.Test == deciding), outcomes);
    }

    private static bool IsListed(IDriftTest test, DriftSettings settings) => settings.TwoSampleChiSquare || test is not TwoSampleChiSquareTest;
}
