using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Training.Quality;

namespace Slipway.Training.Tests.Metrics;

/// <summary>Expected values are scikit-learn's, or worked out by hand where it has none.</summary>
public class QualityMetricsTests
{
    private static readonly QualityMetrics Metrics = new();

    [Theory]
    [InlineData("r2", 1 - (5.0 / 14))]
    [InlineData("mae", 0.75)]
    [InlineData("rmse", 1.118033988749895)]
    [InlineData("mape", 0.20833333333333334)]
    public void Regression_KnownValues_MissingTruthLeftOut(string metric, double expected) =>
        Assert.Equal(expected, Regression(metric, [1, 2, double.NaN, 3, 6], [1, 3, 100, 3, 4])!.Value, 12);

    [Theory]
    [InlineData("r2")]
    [InlineData("mae")]
    [InlineData("mape")]
    [InlineData("rmse")]
    public void Regression_NoRows_IsNotDefined(string metric) => Assert.Null(Regression(metric, [], []));

    [Fact]
    public void Undefined_IsNull()
    {
        Assert.Null(Regression("r2", [2, 2], [1, 3]));
        Assert.Null(Regression("mape", [0], [1]));
        Assert.Null(Regression("mae", [1], [double.NaN]));
        Assert.Null(Binary("auc", [1, 1], [0.2, 0.3]));
        Assert.Null(Metrics.Compute("auc", Text("a"), Text("a"), [[1.0]], ["a"]));
    }

    [Fact]
    public void Mape_LeavesOutZeroTruth() => Assert.Equal(0.5, Regression("mape", [0, 2], [5, 3])!.Value, 12);

    [Fact]
    public void Accuracy_AndMacroF1()
    {
        Assert.Equal(0.6, Metrics.Compute("accuracy", Text("a", "a", "b", "b", "c"), Text("a", "b", "b", "b", "d"), null, [])!.Value, 12);
        Assert.Equal(0.36666666666666667, Metrics.Compute("macro_f1", Text("a", "a", "b", "b", "c"), Text("a", "b", "b", "b", "d"), null, [])!.Value, 12);
    }

    [Fact]
    public void NumbersAsTruth_MatchLabelsAsText() =>
        Assert.Equal(0.75, Metrics.Compute("accuracy", new NumericColumn("t", [1, 0, -0.0, 12]), Text("1", "0", "0", "7"), null, [])!.Value, 12);

    [Fact]
    public void Auc_TiesCountHalf() => Assert.Equal(0.75, Binary("auc", [0, 1, 1, 0, 1, 0, 1], [0.1, 0.4, 0.4, 0.4, 0.9, 0.3, 0.2])!.Value, 12);

    [Fact]
    public void LogLoss_OfKnownAndUnknownClasses()
    {
        Assert.Equal(-(Math.Log(0.9) + Math.Log(0.8)) / 2, Binary("logloss", [0, 1], [0.1, 0.8])!.Value, 12);
        // A class the model never saw costs as much as a probability of 1e-15.
        Assert.Equal(-Math.Log(1e-15), Binary("logloss", [7], [0.5])!.Value, 9);
    }

    [Fact]
    public void RowLosses_AverageToTheMetric_AndMarkMissingTruth()
    {
        double[] truth = [1, double.NaN, 3];
        double[] predicted = [2, 5, 1];
        Assert.Equal([1, double.NaN, 4], Losses("rmse", truth, predicted));
        Assert.Equal([1, double.NaN, 4], Losses("r2", truth, predicted));
        Assert.Equal([1, double.NaN, 2], Losses("mae", truth, predicted));
        Assert.Equal([1, double.NaN, 2.0 / 3], Losses("mape", truth, predicted));
        Assert.Equal([0, 1], Metrics.RowLosses("macro_f1", Text("a", "b"), Text("a", "a"), null, []));
        Assert.Equal(
            [-Math.Log(0.25)], Metrics.RowLosses("auc", Text("b"), Text("a"), [[0.75, 0.25]], ["a", "b"]), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void EveryListedMetric_CanBeComputedAndHasADirection()
    {
        foreach (var metric in Metrics.For(LearningTask.Regression))
        {
            Assert.NotNull(Regression(metric, [1, 2], [1, 3]));
            Assert.Equal(metric == "r2", Metrics.HigherIsBetter(metric));
        }

        foreach (var metric in Metrics.For(LearningTask.Binary))
        {
            Assert.NotNull(Binary(metric, [0, 1], [0.2, 0.7]));
            Assert.Equal(metric != "logloss", Metrics.HigherIsBetter(metric));
        }

        Assert.Equal(["accuracy", "macro_f1", "logloss"], Metrics.For(LearningTask.Multiclass));
    }

    [Fact]
    public void UnknownMetric_IsABugThatNamesTheKnownOnes() =>
        Assert.Contains("macro_f1", Assert.Throws<ArgumentException>(() => Metrics.HigherIsBetter("f2")).Message, StringComparison.Ordinal);

    private static double? Regression(string metric, double[] truth, double[] predicted) =>
        Metrics.Compute(metric, new NumericColumn("t", truth), new NumericColumn("p", predicted), null, []);

    private static double[] Losses(string metric, double[] truth, double[] predicted) =>
        Metrics.RowLosses(metric, new NumericColumn("t", truth), new NumericColumn("p", predicted), null, []);

    private static double? Binary(string metric, double[] truth, double[] chances) => Metrics.Compute(
        metric,
        new NumericColumn("t", truth),
        Text([.. chances.Select(p => p > 0.5 ? "1" : "0")]),
        [.. chances.Select(p => new[] { 1 - p, p })],
        ["0", "1"]);

    private static TextColumn Text(params string[] values) => new("labels", values);
}
