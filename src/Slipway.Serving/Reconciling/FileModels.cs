using System.Collections.Concurrent;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Reconciling;

/// <summary>
/// Takes models that are not registered into the object store: a revision must stay what it is when the file changes, and it is checked for change
/// cheaply.
/// </summary>
internal sealed class FileModels(IObjectStore objects, FolderImporter folders, ModelFetcher fetcher, ServingOptions options)
{
    private const string OnnxInFolder = "model.onnx";

    private readonly ConcurrentDictionary<(StorageUri Source, string Format), (string Stamp, string Digest, string Format)> _fetched = new();
    private readonly ConcurrentDictionary<string, (long Length, DateTime Written, string Digest)> _known = new(StringComparer.Ordinal);

    /// <summary>The digest of the ONNX file (or of <c>model.onnx</c> in a folder), or of the folder's manifest; and what it is.</summary>
    public async Task<Result<(string Digest, string Format)>> ImportAsync(StorageUri source, string format, CancellationToken cancellation)
    {
        if (ModelFetcher.Fetches(source))
        {
            return await ImportFetchedAsync(source, format, cancellation);
        }

        if (source is StorageUri.Stored stored)
        {
            return await objects.FindAsync(stored.Digest, cancellation) is not null
                ? (stored.Digest, ModelFormats.Onnx)
                : Problem.NotFound($"Object {stored.Digest}, which the model was kept as");
        }

        return source is StorageUri.LocalFile { Path: var path }
            ? await ImportLocalAsync(path, format, remember: true, cancellation)
            : throw new InvalidOperationException($"No way to read {source}");
    }

    private async Task<Result<(string Digest, string Format)>> ImportFetchedAsync(StorageUri source, string format, CancellationToken cancellation)
    {
        var key = (source, format);
        var known = _fetched.TryGetValue(key, out var before) && await objects.FindAsync(before.Digest, cancellation) is not null ? before : default;
        if (!(await fetcher.FetchAsync(source, known.Stamp ?? "", cancellation)).TryGet(out var fetched, out var problem))
        {
            return problem;
        }

        using (fetched)
        {
            if (fetched.Path is null)
            {
                return (known.Digest, known.Format);
            }

            var imported = await ImportLocalAsync(fetched.Path, format, remember: false, cancellation);
            return imported.Select(model =>
            {
                _fetched[key] = (fetched.Stamp, model.Digest, model.Format);
                return model;
            });
        }
    }

    private async Task<Result<(string Digest, string Format)>> ImportLocalAsync(string path, string format, bool remember, CancellationToken cancellation)
    {
        var onnx = Directory.Exists(path) ? Path.Combine(path, OnnxInFolder) : path;
        var isOnnx = format == ModelFormats.Onnx || (format == ModelFormats.Mlflow && File.Exists(onnx) && onnx.EndsWith(".onnx", StringComparison.Ordinal));
        return isOnnx
            ? (await ImportFileAsync(onnx, remember, cancellation)).Select(digest => (digest, ModelFormats.Onnx))
            : (await folders.ImportAsync(path, remember, cancellation)).Select(digest => (digest, format));
    }

    private async Task<Result<string>> ImportFileAsync(string path, bool remember, CancellationToken cancellation)
    {
        var file = new FileInfo(path);
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
                if (remember)
                {
                    _known[file.FullName] = (stamp.Length, stamp.LastWriteTimeUtc, digest.Sha256);
                }

                return digest.Sha256;
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"Model file {file.FullName} cannot be read: {e.Message}");
        }
    }
}
