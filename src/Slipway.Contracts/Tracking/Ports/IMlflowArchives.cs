using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Tracking.Ports;

/// <summary>What an archive holds, counted when it was opened.</summary>
/// <param name="Kind">For people: <c>MLflow database (SQLite, schema 7d34483879f0)</c>, <c>mlruns folder</c>.</param>
/// <param name="Workspaces">Names of the workspaces in it; one when it knows none.</param>
public sealed record ArchiveSummary(string Kind, long Experiments, long Runs, long LoggedModels, long Models, long Versions, IReadOnlyList<string> Workspaces);

/// <summary>A file of an artifact tree on this machine.</summary>
/// <param name="Path">Relative to the artifact URI, parts joined by '/'.</param>
public sealed record ArchivedFile(string Path, string FullPath, long Bytes);

/// <summary>Reads one MLflow store, in one workspace. It is only read: nothing in it is changed, and it may be in use.</summary>
public interface IMlflowArchive : IAsyncDisposable
{
    ArchiveSummary Summary { get; }

    IAsyncEnumerable<ArchivedExperiment> ReadExperimentsAsync(CancellationToken cancellation);

    /// <summary>By id, without metrics.</summary>
    IAsyncEnumerable<ArchivedRun> ReadRunsAsync(CancellationToken cancellation);

    /// <summary>Every point of the runs, run by run, at most a few thousand points an item.</summary>
    IAsyncEnumerable<ArchivedMetrics> ReadMetricsAsync(IReadOnlyList<string> runIds, CancellationToken cancellation);

    IAsyncEnumerable<ArchivedLoggedModel> ReadLoggedModelsAsync(CancellationToken cancellation);

    IAsyncEnumerable<ArchivedModel> ReadModelsAsync(CancellationToken cancellation);

    IAsyncEnumerable<ArchivedVersion> ReadVersionsAsync(CancellationToken cancellation);

    /// <summary>The files at an artifact URI of this archive, by path; null when they are not on this machine (<c>s3://...</c>).</summary>
    IReadOnlyList<ArchivedFile>? FindFiles(string artifactUri);
}

/// <summary>Writes what MLflow opens. Lines come in an archive's order; what is not completed is no archive yet.</summary>
public interface IMlflowArchiveWriter : IAsyncDisposable
{
    /// <summary>An artifact URI in the archive for files that were below <paramref name="artifactUri"/>, and the folder on this machine to write them to.</summary>
    (string ArtifactUri, string Folder) PlaceOf(string artifactUri);

    Task<Result<Unit>> WriteAsync(ArchiveLine line, CancellationToken cancellation);

    Task<Result<Unit>> CompleteAsync(CancellationToken cancellation);
}

/// <summary>MLflow's own stores, read and written on this machine: for the command line.</summary>
public interface IMlflowArchives
{
    /// <param name="source">An <c>mlruns</c> folder, a SQLite file, or <c>sqlite:///PATH</c>, <c>postgresql://user:password@host/database</c> as MLflow takes them.</param>
    /// <param name="artifacts">The folder that the server kept proxied artifacts in (<c>mlflow-artifacts:/...</c>); null looks for <c>mlartifacts</c> beside the source.</param>
    /// <param name="workspace">Which workspace of a database that has several; null is <c>default</c>.</param>
    Task<Result<IMlflowArchive>> OpenAsync(string source, string? artifacts, string? workspace, CancellationToken cancellation);

    /// <param name="target">A file that ends in <c>.db</c> becomes a SQLite database, anything else an <c>mlruns</c> folder. Neither may exist yet.</param>
    Task<Result<IMlflowArchiveWriter>> CreateAsync(string target, CancellationToken cancellation);
}
