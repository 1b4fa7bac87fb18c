using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Training.Ports;

public enum LearningTask
{
    Regression,
    Binary,
    Multiclass,
}

/// <param name="Features">Feature columns only: numeric or text (text is categorical).</param>
/// <param name="Target">Numbers for regression; numbers, booleans or text for classes. Rows whose target is missing are left out.</param>
/// <param name="Algorithm">A name in <see cref="ITrainer.Algorithms"/>: <c>gradient-boosting</c>, <c>linear</c>.</param>
/// <param name="Parameters">Hyperparameters as text, checked with all faults at once; absent ones take the algorithm's defaults.</param>
public sealed record TrainingRequest(
    Frame Features, Column Target, LearningTask Task, string Algorithm, IReadOnlyDictionary<string, string> Parameters, long Seed)
{
    /// <summary>One per row; null weighs all rows the same.</summary>
    public double[]? Weights { get; init; }
}

/// <param name="Onnx">The model with one input per feature ([-1,1], FLOAT or STRING) and its pre-processing inside.</param>
/// <param name="Parameters">Every hyperparameter as it was used, defaults included.</param>
/// <param name="Classes">Class labels in the order of the probabilities; empty for regression.</param>
public sealed record TrainingOutcome(byte[] Onnx, IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<string> Classes, int Rows, TimeSpan Elapsed);

/// <summary>Fits a built-in algorithm in this process. Deterministic: the same request gives the same bytes.</summary>
public interface ITrainer
{
    IReadOnlyList<string> Algorithms { get; }

    Task<Result<TrainingOutcome>> TrainAsync(TrainingRequest request, CancellationToken cancellation);
}

/// <summary>Quality metrics by name: r2, mae, mape, rmse, accuracy, macro_f1, auc, logloss.</summary>
public interface IQualityMetrics
{
    IReadOnlyList<string> For(LearningTask task);

    /// <summary>False for errors and losses.</summary>
    bool HigherIsBetter(string metric);

    /// <summary>The metric, or null when it is not defined on these rows (no rows; AUC with one class).</summary>
    /// <param name="predictions">Numbers for regression, class labels as text otherwise.</param>
    /// <param name="probabilities">rows x classes in the order of <paramref name="classes"/>; null for regression.</param>
    double? Compute(string metric, Column truth, Column predictions, double[][]? probabilities, IReadOnlyList<string> classes);

    /// <summary>
    /// A loss per row whose mean ranks models as the metric does, so that two models can be compared pair by pair on the same rows:
    /// squared error (r2, rmse), absolute error (mae), relative error (mape), 0/1 error (accuracy, macro_f1), log loss (logloss, auc).
    /// </summary>
    double[] RowLosses(string metric, Column truth, Column predictions, double[][]? probabilities, IReadOnlyList<string> classes);
}
