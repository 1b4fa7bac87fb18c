namespace Slipway.Contracts.Monitoring.Ports;

/// <summary>How one model version did in a window, over the rows it predicted (served or mirrored) whose labels are known.</summary>
/// <param name="Metrics">By name, only those that are defined on these rows.</param>
/// <param name="MeanLoss">Mean of the per-row loss that belongs to the monitor's metric: lower is better.</param>
/// <param name="LossVariance">Sample variance of the per-row loss; 0 below two rows.</param>
public sealed record VersionQuality(int ModelVersion, int Rows, int Labelled, IReadOnlyDictionary<string, double> Metrics, double MeanLoss, double LossVariance);

/// <summary>Two versions on the same rows: mean and variance of (loss of <paramref name="Version"/> minus loss of <paramref name="Against"/>), negative is better.</summary>
public sealed record PairedComparison(int Version, int Against, int Rows, double MeanDifference, double DifferenceVariance);

public sealed record DriftSummary(double Share, bool Drifted, IReadOnlyList<string> DriftedColumns);

/// <summary>One evaluated window of a monitor. Number is the feedback window's number.</summary>
/// <param name="Served">Over the answers that callers got, whichever version gave them; null without labels. ModelVersion is 0.</param>
public sealed record MonitorWindow(
    int Number, DateTimeOffset From, DateTimeOffset Until, int Rows, int Errors, VersionQuality? Served, IReadOnlyList<VersionQuality> Versions,
    IReadOnlyList<PairedComparison> Pairs, DriftSummary? InputDrift, DriftSummary? PredictionDrift);

/// <summary>
/// Results of <c>slipway.dev/v1 Monitor</c> resources. Spec: <c>{inferenceService, task: regression|binary|multiclass, metric, reference: {dataset, version},
/// drift: {enabled, share, correction}}</c>. Each closed feedback window is evaluated exactly once, in order. Event <c>monitor.window.evaluated</c>,
/// subject <c>monitors/NAME</c>, payload the window as JSON. The Monitor's status has <c>lastWindow</c> (number), <c>lastWindowUntil</c>, and conditions
/// Ready, Drifting, Degraded.
/// </summary>
public interface IMonitorWindows
{
    /// <summary>Windows with a number above <paramref name="after"/>, in order.</summary>
    Task<IReadOnlyList<MonitorWindow>> ListAsync(string ns, string monitor, int after, CancellationToken cancellation);
}
