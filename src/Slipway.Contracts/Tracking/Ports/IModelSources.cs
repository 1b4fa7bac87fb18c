namespace Slipway.Contracts.Tracking.Ports;

/// <summary>A logged model as the registry needs it when a version is registered from it.</summary>
/// <param name="ArtifactUri">Where its files are: <c>mlflow-artifacts:/...</c>.</param>
/// <param name="SourceRunId">The run that logged it; null when none did.</param>
public sealed record LoggedModelSource(string ModelId, string ArtifactUri, string? SourceRunId)
{
    public string Name { get; init; } = "";

    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
}

/// <summary>What tracking knows of the places that model versions are registered from.</summary>
public interface IModelSources
{
    /// <summary>Null when there is no such logged model in the namespace.</summary>
    Task<LoggedModelSource?> FindLoggedModelAsync(string ns, string modelId, CancellationToken cancellation);

    /// <summary>The run's artifact root, <c>mlflow-artifacts:/...</c>; null when there is no such run in the namespace.</summary>
    Task<string?> FindRunArtifactUriAsync(string ns, string runId, CancellationToken cancellation);

    /// <summary>
    /// Notes on a logged model that it was registered: its tag <c>mlflow.modelVersions</c> lists the versions, each once, as MLflow's server writes it. A model
    /// that is gone is no fault.
    /// </summary>
    Task NoteVersionAsync(string ns, string modelId, string name, int version, CancellationToken cancellation);
}
