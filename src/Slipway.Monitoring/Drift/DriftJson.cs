using System.Text.Json.Nodes;
using Slipway.Monitoring.Domain.Comparison;
using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Drift;

/// <summary>The wire form of a comparison. JSON has no NaN or infinity: a figure that is not finite is null.</summary>
internal static class DriftJson
{
    public static JsonObject Of(FrameComparison comparison) => new()
    {
        ["columns"] = new JsonArray([.. comparison.Columns.Select(Column), .. comparison.TimeColumns.Select(Time)]),
        ["dataset"] = new JsonObject { ["share"] = comparison.DriftedShare, ["drifted"] = comparison.Drifted },
    };

    private static JsonObject Column(ColumnComparison column)
    {
        var json = new JsonObject
        {
            ["column"] = column.Column,
            ["kind"] = column.Kind == ColumnKind.Numeric ? "num" : "cat",
            ["missing"] = Missing(column.ReferenceMissing, column.CurrentMissing),
            ["default"] = column.Deciding.Test.Name,
            ["drifted"] = column.Drifted,
            ["tests"] = new JsonArray([.. column.Tests.Select(Test)]),
        };
        if (column.AdjustedPValue is { } adjusted)
        {
            json["adjustedPValue"] = adjusted;
        }

        return json;
    }

    /// <summary>A time column is listed, so that nobody wonders where it went, but neither tested nor counted.</summary>
    private static JsonObject Time(TimeColumnPair column) => new()
    {
        ["column"] = column.Column,
        ["kind"] = "time",
        ["missing"] = Missing(column.ReferenceMissing, column.CurrentMissing),
        ["default"] = null,
        ["drifted"] = false,
        ["tests"] = new JsonArray(),
    };

    private static JsonObject Test(TestOutcome outcome) => new()
    {
        ["test"] = outcome.Test.Name,
        ["statistic"] = Number(outcome.Score.Statistic),
        ["pValue"] = Number(outcome.Score.PValue),
        ["threshold"] = outcome.Threshold,
        ["drifted"] = outcome.Drifted,
    };

    private static JsonObject Missing(double reference, double current) => new() { ["reference"] = reference, ["current"] = current };

    private static JsonValue? Number(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;
}
