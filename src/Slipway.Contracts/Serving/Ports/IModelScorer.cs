using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Serving.Ports;

/// <param name="Predictions">Numbers for regression, class labels as text for classification.</param>
/// <param name="Probabilities">rows x classes; null for regression.</param>
public sealed record Scores(Column Predictions, double[][]? Probabilities, IReadOnlyList<string> Classes);

/// <summary>Scores a frame with an ONNX model from the object store, in batches, off the serving path: evaluation and batch scoring.</summary>
public interface IModelScorer
{
    /// <param name="artifactDigest">The model's object.</param>
    /// <param name="features">At least the model's inputs as columns, by name.</param>
    Task<Result<Scores>> ScoreAsync(string artifactDigest, Frame features, CancellationToken cancellation);
}
