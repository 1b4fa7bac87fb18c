using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;

namespace Slipway.Pipelines.Artifacts;

/// <param name="IsFolder">The digest is that of a list of files, see <see cref="FolderManifest"/>.</param>
/// <param name="Files">Digests of the files of a folder.</param>
internal sealed record ShelvedContent(string Digest, long Bytes, bool IsFolder, IReadOnlyList<string> Files);

/// <summary>
/// Content of artifacts between the object store and the folders of attempts. What a step gets is a copy of its own: it may write into it without anyone
/// else seeing that, and what it leaves half-written is seen by nobody.
/// </summary>
internal sealed class ArtifactShelf(IObjectStore objects)
{
    // A folder of more is a data set in files: it should be one file, or lie outside.
    private const int MostFiles = 100_000;

    /// <summary>Keeps the file or folder; null when there is nothing at the path. A link that leads out of the folder is refused.</summary>
    public async Task<Result<ShelvedContent?>> KeepAsync(string path, CancellationToken cancellation)
    {
        if (File.Exists(path))
        {
            return (await KeepFileAsync(path, cancellation)).Select(d => (ShelvedContent?)new ShelvedContent(d.Sha256, d.Bytes, false, []));
        }

        return Directory.Exists(path) ? await KeepFolderAsync(path, cancellation) : (ShelvedContent?)null;
    }

    /// <summary>Puts a copy at the path, whose folder is made.</summary>
    public async Task<Result<Unit>> FetchAsync(string digest, bool isFolder, string path, CancellationToken cancellation)
    {
        if (!isFolder)
        {
            return await FetchFileAsync(digest, path, cancellation);
        }

        if (!(await objects.GetBytesAsync(digest, cancellation)).TryGet(out var manifest, out var problem))
        {
            return problem;
        }

        Directory.CreateDirectory(path);
        foreach (var entry in FolderManifest.Read(manifest))
        {
            var fetched = await FetchFileAsync(entry.Digest, Path.Combine(path, entry.Path), cancellation);
            if (!fetched.Succeeded)
            {
                return fetched;
            }
        }

        return Result.Ok;
    }

    private async Task<Result<Unit>> FetchFileAsync(string digest, string path, CancellationToken cancellation)
    {
        if (!(await objects.LocalPathAsync(digest, cancellation)).TryGet(out var source, out var problem))
        {
            return problem;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);

            // The file system shares the blocks where it can.
            File.Copy(source, path, overwrite: true);
            return Result.Ok;
        }
        catch (IOException exception) when (DiskFaults.IsFull(exception))
        {
            return DiskFaults.Full(Path.GetDirectoryName(path)!);
        }
    }

    private async Task<Result<ObjectDigest>> KeepFileAsync(string path, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.Asynchronous);
        return await objects.PutAsync(file, null, cancellation);
    }

    private async Task<Result<ShelvedContent?>> KeepFolderAsync(string folder, CancellationToken cancellation)
    {
        var entries = new List<FolderEntry>();
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
        foreach (var file in Directory.EnumerateFiles(folder, "*", options))
        {
            if (entries.Count == MostFiles)
            {
                return Problem.Invalid($"the folder {folder} has more than {MostFiles} files: pack them into one");
            }

            if (!(await KeepFileAsync(file, cancellation)).TryGet(out var digest, out var problem))
            {
                return problem;
            }

            entries.Add(new FolderEntry(Path.GetRelativePath(folder, file).Replace('\\', '/'), digest.Sha256, digest.Bytes));
        }

        var manifest = await objects.PutBytesAsync(FolderManifest.Write(entries), cancellation);
        return manifest.Select(d => (ShelvedContent?)new ShelvedContent(d.Sha256, entries.Sum(e => e.Bytes), true, [.. entries.Select(e => e.Digest)]));
    }
}
