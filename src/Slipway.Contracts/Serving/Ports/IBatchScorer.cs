using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Serving.Ports;

/// <summary>A table in a file, and where its predictions go.</summary>
/// <param name="Input">CSV or Parquet, by its ending.</param>
/// <param name="Output">CSV or Parquet, by its ending; replaced in one step at the end. What is done so far is kept in a folder beside it.</param>
/// <param name="Model">The model as it was asked for, such as <c>models:/churn@champion</c>.</param>
public sealed record BatchScoringJob(string Input, string Output, string Model)
{
    /// <summary>Keep this column beside the predictions instead of all.</summary>
    public string? Id { get; init; }

    /// <summary>Columns in the order in which a model of one wide input takes them; null matches by name.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>Name of the new column; probabilities are <c>probability_CLASS</c>.</summary>
    public string PredictionColumn { get; init; } = "prediction";

    public int BatchRows { get; init; } = 8192;

    /// <summary>Batches that the model is asked about at a time.</summary>
    public int InFlight { get; init; } = 2;

    /// <summary>Begin anew, whatever an earlier run left.</summary>
    public bool Restart { get; init; }
}

/// <summary>A model that scores frames, wherever it runs.</summary>
public interface IBatchModel
{
    /// <summary>One version for ever: <c>models:/churn/3</c>.</summary>
    string Reference { get; }

    /// <summary>Of the model's bytes.</summary>
    string Digest { get; }

    IReadOnlyList<TensorSpec> Inputs { get; }

    /// <summary>FP64, INT64, BOOL or BYTES.</summary>
    string PredictionType { get; }

    /// <summary>Scores a frame that has the inputs as columns; an input of several values per row has <c>name[0]</c>, <c>name[1]</c>, ....</summary>
    Task<Result<Scores>> ScoreAsync(Frame batch, CancellationToken cancellation);
}

/// <param name="Done">Rows whose predictions are on disk.</param>
public sealed record BatchProgress(long Done, long Rows);

/// <param name="Resumed">Rows that an earlier run had done.</param>
/// <param name="Model">The version that scored every row.</param>
/// <param name="Columns">Of the output.</param>
public sealed record BatchReport(string Output, long Rows, long Resumed, string Model, IReadOnlyList<string> Columns);

/// <summary>
/// Scores files of any length in bounded memory. A run that was killed goes on where its last batch reached the disk: no row is scored into the output twice
/// or left out, and all rows by the same version, even when the alias has moved meanwhile.
/// </summary>
public interface IBatchScorer
{
    /// <param name="open">Opens the model: by the reference that an earlier run was pinned to, or, when null, as the job says.</param>
    Task<Result<BatchReport>> RunAsync(
        BatchScoringJob job, Func<string?, CancellationToken, Task<Result<IBatchModel>>> open, Action<BatchProgress> progress, CancellationToken cancellation);
}
