using Slipway.Kernel.Frames;

namespace Slipway.Contracts.Serving.Ports;

/// <summary>
/// A stretch of an inference service's event time whose labels are in: [From, Until). Clients close it by sending feedback with a watermark:
/// "all labels of predictions before this instant have been sent". Number counts from 1 per service.
/// </summary>
public sealed record FeedbackWindow(int Number, DateTimeOffset From, DateTimeOffset Until);

/// <summary>Logged predictions of a stretch of event time, column by column; every list has one entry per row.</summary>
/// <param name="Served">False for mirrored predictions: computed for comparison, never answered to the caller.</param>
/// <param name="Inputs">The inputs as the model got them, one column per input.</param>
/// <param name="Predictions">Numbers or class labels.</param>
/// <param name="Labels">The true values that came back as feedback; missing where none came. Same kind of column as Predictions.</param>
/// <param name="Probabilities">rows x classes; null for regression.</param>
public sealed record LoggedPredictions(
    IReadOnlyList<string> Ids, IReadOnlyList<int> ModelVersions, IReadOnlyList<bool> Served, IReadOnlyList<DateTimeOffset> EventTimes,
    Frame Inputs, Column Predictions, Column Labels, double[][]? Probabilities, IReadOnlyList<string> Classes)
{
    public int Rows => Ids.Count;
}

/// <summary>
/// What inference services answered, and what turned out to be true. Written off the hot path; a prediction id is logged once per model version
/// however often it is sent. Event: <c>serving.feedback.closed</c> (a watermark moved), subject <c>inferenceservices/NAME</c>.
/// </summary>
public interface IPredictionLog
{
    /// <summary>Windows with a number above <paramref name="after"/>, in order.</summary>
    Task<IReadOnlyList<FeedbackWindow>> ClosedWindowsAsync(string ns, string service, int after, CancellationToken cancellation);

    /// <summary>Predictions with From &lt;= event time &lt; Until in order of event time, then id; served and mirrored.</summary>
    Task<LoggedPredictions> ReadAsync(string ns, string service, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation);
}
