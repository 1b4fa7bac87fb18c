using System.Collections.Concurrent;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;

namespace Slipway.Serving.Reconciling;

/// <summary>
/// Takes model files into the object store: a revision must stay what it is when the file changes, and it is checked for change cheaply.
/// </summary>
internal sealed class FileModels(IObjectStore objects, ServingOptions options)
{
    private const string NameInFolder = "model.onnx";

    private readonly ConcurrentDictionary<string, (long Length, DateTime Written, string Digest)> _known = new(StringComparer.Ordinal);

    /// <summary>The digest of the file, or of <c>model.onnx</c> in the folder.</summary>
    public async Task<Result<string>> ImportAsync(string path, CancellationToken cancellation)
    {
        var file = new FileInfo(Directory.Exists(path) ? Path.Combine(path, NameInFolder) : path);
        if (!file.Exists)
        {
            return Problem.NotFound($"Model file {file.FullName}");
        }

        var stamp = (file.Length, file.LastWriteTimeUtc);
        if (_known.TryGetValue(file.FullName, out var known) && (known.Length, known.Written) == stamp
            && await objects.FindAsync(known.Digest, cancellation) is not null)
        {
            return known.Digest;
        }

        try
        {
            await using var content = file.OpenRead();
            var stored = await objects.PutAsync(content, options.MaxModelBytes, cancellation);
            return stored.Select(digest =>
            {
                _known[file.FullName] = (stamp.Length, stamp.LastWriteTimeUtc, digest.Sha256);
                return digest.Sha256;
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"Model file {file.FullName} cannot be read: {e.Message}");
        }
    }
}
