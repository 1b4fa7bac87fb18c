namespace Slipway.Contracts.Tracking.Ports;

/// <param name="ArtifactLocation">Where its artifacts are: <c>mlflow-artifacts:/ID</c>, or what the client chose.</param>
/// <param name="Active">False while it is deleted and can still be restored.</param>
public sealed record ExperimentPlace(string Id, string Name, string ArtifactLocation, bool Active);

/// <summary>What others ask of experiments: traces and evaluation datasets belong to one.</summary>
public interface IExperiments
{
    /// <summary>Null when there is none with that id in the namespace. The default experiment has the id 0 and is always there.</summary>
    Task<ExperimentPlace?> FindAsync(string ns, string experimentId, CancellationToken cancellation);
}
