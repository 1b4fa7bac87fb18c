using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Tracking.Ports;

/// <summary>A file or folder of an artifact tree.</summary>
/// <param name="Path">Relative to the URI that was asked for, parts joined by '/'; for a single file its name.</param>
/// <param name="Bytes">0 for a folder.</param>
/// <param name="Sha256">Of the content, lower-case hex: its name in the object store, and immutable. Empty for a folder.</param>
public sealed record ArtifactEntry(string Path, bool IsFolder, long Bytes, string Sha256, DateTimeOffset Modified);

/// <summary>
/// The files behind MLflow's artifact URIs, in one namespace: <c>mlflow-artifacts:/PATH</c> (also <c>mlflow-artifacts://host/PATH</c> and the proxy's own
/// http address), <c>runs:/RUN_ID/PATH</c>, <c>models:/m-ID/PATH</c> (a logged model). Another scheme is Invalid, since those files are not kept here;
/// <c>models:/NAME/VERSION</c> is the registry's to resolve first. A path that leads outside, or that no artifact can have, is Invalid.
/// </summary>
public interface IArtifactFiles
{
    /// <summary>One file or folder; NotFound when there is none. A bare root is a folder.</summary>
    Task<Result<ArtifactEntry>> FindAsync(string ns, string uri, CancellationToken cancellation);

    /// <summary>What is directly below a folder, by name; nothing for a file or what does not exist, as MLflow answers.</summary>
    Task<Result<IReadOnlyList<ArtifactEntry>>> ListAsync(string ns, string uri, CancellationToken cancellation);

    /// <summary>Every file below a folder, at any depth, by path; the file itself when the URI is one; nothing when there is nothing.</summary>
    Task<Result<IReadOnlyList<ArtifactEntry>>> ListTreeAsync(string ns, string uri, CancellationToken cancellation);

    /// <summary>The content from <paramref name="offset"/>, at most <paramref name="length"/> bytes (to the end when null). NotFound for a folder too.</summary>
    Task<Result<Stream>> OpenAsync(string ns, string uri, long offset, long? length, CancellationToken cancellation);

    /// <summary>Writes a file whole or not at all, in place of one with that path; folders above are made. Invalid where a folder has the path.</summary>
    Task<Result<ArtifactEntry>> WriteAsync(string ns, string uri, Stream content, CancellationToken cancellation);

    /// <summary>Deletes the file or the folder with all below, and folders above that become empty; answers how many files that were. Bytes go later.</summary>
    Task<Result<long>> DeleteAsync(string ns, string uri, CancellationToken cancellation);
}
