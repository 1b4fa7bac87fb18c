using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Training.Domain.Metrics;

namespace Slipway.Training.Quality;

/// <summary>The metrics by name over columns. Rows whose truth is missing are left out.</summary>
internal sealed class QualityMetrics : IQualityMetrics
{
    private static readonly string[] Regression = ["r2", "mae", "mape", "rmse"];
    private static readonly string[] Binary = ["accuracy", "macro_f1", "auc", "logloss"];
    private static readonly string[] Multiclass = ["accuracy", "macro_f1", "logloss"];
    private static readonly string[] Rising = ["r2", "accuracy", "macro_f1", "auc"];

    public IReadOnlyList<string> For(LearningTask task) => task switch
    {
        LearningTask.Regression => Regression,
        LearningTask.Binary => Binary,
        _ => Multiclass,
    };

    public bool HigherIsBetter(string metric) => Known(metric) && Rising.Contains(metric);

    public double? Compute(string metric, Column truth, Column predictions, double[][]? probabilities, IReadOnlyList<string> classes)
    {
        Known(metric);
        var rows = JudgedRows.From(truth, predictions, probabilities);
        double? value = metric switch
        {
            "r2" => RegressionMetrics.R2(rows.TrueNumbers(), rows.PredictedNumbers()),
            "mae" => RegressionMetrics.Mae(rows.TrueNumbers(), rows.PredictedNumbers()),
            "mape" => RegressionMetrics.Mape(rows.TrueNumbers(), rows.PredictedNumbers()),
            "rmse" => RegressionMetrics.Rmse(rows.TrueNumbers(), rows.PredictedNumbers()),
            "accuracy" => ClassificationMetrics.Accuracy(rows.TrueNames(), rows.PredictedNames()),
            "macro_f1" => ClassificationMetrics.MacroF1(rows.TrueNames(), rows.PredictedNames()),
            "auc" => Auc(rows, classes),
            _ => ClassificationMetrics.LogLoss(rows.TrueIndices(classes), rows.Probabilities()),
        };
        return value is { } number && double.IsFinite(number) ? number : null;
    }

    public double[] RowLosses(string metric, Column truth, Column predictions, double[][]? probabilities, IReadOnlyList<string> classes)
    {
        Known(metric);
        var rows = JudgedRows.From(truth, predictions, probabilities);
        var losses = metric switch
        {
            "r2" or "rmse" => Errors(rows, (t, p) => (t - p) * (t - p)),
            "mae" => Errors(rows, (t, p) => Math.Abs(t - p)),
            "mape" => Errors(rows, (t, p) => t == 0 ? double.NaN : Math.Abs((t - p) / t)),
            "accuracy" or "macro_f1" => [.. rows.TrueNames().Zip(rows.PredictedNames(), (t, p) => t == p ? 0.0 : 1.0)],
            _ => [.. rows.TrueIndices(classes).Zip(rows.Probabilities(), ClassificationMetrics.RowLogLoss)],
        };

        // One per row of the input: NaN where there is no truth to compare with.
        var all = new double[truth.Count];
        Array.Fill(all, double.NaN);
        for (var i = 0; i < losses.Length; i++)
        {
            all[rows.Kept[i]] = losses[i];
        }

        return all;
    }

    private static double? Auc(JudgedRows rows, IReadOnlyList<string> classes)
    {
        if (classes.Count != 2)
        {
            return null;
        }

        var positive = Array.ConvertAll(rows.TrueNames(), name => name == classes[1]);
        return ClassificationMetrics.Auc(positive, Array.ConvertAll(rows.Probabilities(), p => p[1]));
    }

    private static double[] Errors(JudgedRows rows, Func<double, double, double> error) =>
        [.. rows.TrueNumbers().Zip(rows.PredictedNumbers(), error)];

    private static bool Known(string metric) => Regression.Contains(metric) || Binary.Contains(metric)
        ? true
        : throw new ArgumentException($"No metric '{metric}'; there are: {string.Join(", ", Regression.Concat(Binary))}", nameof(metric));
}
