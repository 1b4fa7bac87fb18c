namespace Slipway.Contracts.Registry.Ports;

/// <summary>
/// What the registry says before files go for good: a registered version whose files are still where tracking keeps them must not lose them.
/// </summary>
public interface IModelUses
{
    /// <summary>Versions (<c>NAME/3</c>) that were registered from the run, the logged model, or anything at or below the artifact URI; a few are enough.</summary>
    Task<IReadOnlyList<string>> VersionsFromAsync(string ns, string? runId, string? loggedModelId, string artifactUri, CancellationToken cancellation);
}
