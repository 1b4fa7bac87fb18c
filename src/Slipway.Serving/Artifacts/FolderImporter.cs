using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;

namespace Slipway.Serving.Artifacts;

/// <summary>Takes a folder (or one file, as a folder of one) of this machine into the object store; a folder that has not changed is only looked at.</summary>
internal sealed class FolderImporter(IObjectStore objects, ManifestStore manifests, ServingOptions options)
{
    private readonly ConcurrentDictionary<string, (string Stamp, string Digest)> _known = new(StringComparer.Ordinal);

    /// <summary>The digest of the manifest.</summary>
    /// <param name="remember">Whether the folder will be asked for again.</param>
    public async Task<Result<string>> ImportAsync(string path, bool remember, CancellationToken cancellation)
    {
        try
        {
            if (!List(path).TryGet(out var files, out var problem))
            {
                return problem;
            }

            var stamp = StampOf(files);
            if (_known.TryGetValue(path, out var known) && known.Stamp == stamp && await objects.FindAsync(known.Digest, cancellation) is not null)
            {
                return known.Digest;
            }

            var taken = await TakeAsync(files, cancellation);
            return taken.Select(digest =>
            {
                if (remember)
                {
                    _known[path] = (stamp, digest);
                }

                return digest;
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"The model at {path} cannot be read: {e.Message}");
        }
    }

    private async Task<Result<string>> TakeAsync(IReadOnlyList<(string Path, FileInfo File)> files, CancellationToken cancellation)
    {
        var left = options.MaxModelBytes;
        var taken = new List<ManifestFile>(files.Count);
        foreach (var (relative, file) in files)
        {
            await using var content = file.OpenRead();
            if (!(await objects.PutAsync(content, left, cancellation)).TryGet(out var digest, out var problem))
            {
                return problem.Code == ProblemCode.TooLarge ? new Problem(ProblemCode.TooLarge, $"The model's files are larger than {options.MaxModelBytes} bytes together") : problem;
            }

            left -= digest.Bytes;
            taken.Add(new ManifestFile(relative, digest.Bytes, digest.Sha256));
        }

        return await manifests.KeepAsync(ModelManifest.Of(taken), cancellation);
    }

    private static Result<IReadOnlyList<(string Path, FileInfo File)>> List(string path)
    {
        if (File.Exists(path))
        {
            return new[] { (Path.GetFileName(path), new FileInfo(path)) };
        }

        if (!Directory.Exists(path))
        {
            return Problem.NotFound($"Model {path}");
        }

        var root = new DirectoryInfo(path);
        var files = new List<(string, FileInfo)>();
        foreach (var file in root.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false }))
        {
            var relative = Path.GetRelativePath(path, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            if (ModelManifest.IsLitter(relative))
            {
                continue;
            }

            if (!ModelManifest.IsSafe(relative) || files.Count == ModelManifest.MostFiles)
            {
                return Problem.Invalid(files.Count == ModelManifest.MostFiles ? $"{path} holds more than {ModelManifest.MostFiles} files" : $"{path} holds a file of a name that cannot be kept: '{relative}'");
            }

            // A link may lead to any file of the machine; only those that stay in the folder are the model's.
            if (file.ResolveLinkTarget(returnFinalTarget: true) is { } target && !target.FullName.StartsWith(root.FullName.TrimEnd('/') + "/", StringComparison.Ordinal))
            {
                return Problem.Invalid($"{path} holds a link that leads out of it: '{relative}'");
            }

            files.Add((relative, file));
        }

        return files.Count > 0 ? files : Problem.NotFound($"A model in the folder {path}, which has no files,");
    }

    private static string StampOf(IEnumerable<(string Path, FileInfo File)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, file) in files.OrderBy(f => f.Path, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{path}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}\0")));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
