using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;

namespace Slipway.Serving.Artifacts;

/// <summary>
/// Models' folders on disk, one copy per digest however many revisions and workers read it, and gone with the last of them. They are copies, not links
/// into the object store: a model's own code runs beside them.
/// </summary>
internal sealed class UnpackedModels(IObjectStore objects, ManifestStore manifests, ServingFolder folder)
{
    private const UnixFileMode ReadOnlyFile = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Searched = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Dictionary<string, int> _users = new(StringComparer.Ordinal);
    private bool _swept;

    /// <summary>The folder, written when it is not there yet. Dispose the lease when nothing reads it any more.</summary>
    public async Task<Result<Lease>> OpenAsync(string digest, CancellationToken cancellation)
    {
        if (!(await manifests.ReadAsync(digest, cancellation)).TryGet(out var manifest, out var problem))
        {
            return problem;
        }

        await _turn.WaitAsync(cancellation);
        try
        {
            Sweep();
            var path = Path.Combine(folder.Models, digest);
            if (!_users.TryGetValue(digest, out var users) && await WriteAsync(manifest, path, cancellation) is { } failed)
            {
                return failed;
            }

            _users[digest] = users + 1;
            return new Lease(this, digest, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Problem.Unavailable($"The model's folder cannot be written below {folder.Models}: {e.Message}");
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<Problem?> WriteAsync(ModelManifest manifest, string path, CancellationToken cancellation)
    {
        Remove(path);
        foreach (var file in manifest.Files)
        {
            if (!ModelManifest.IsSafe(file.Path))
            {
                return Problem.Invalid($"The model holds a file of a name that cannot be written: '{file.Path}'");
            }

            if (!(await objects.LocalPathAsync(file.Sha256, cancellation)).TryGet(out var source, out var problem))
            {
                return problem.Code == ProblemCode.NotFound ? Problem.NotFound($"The model's file {file.Path} (object {file.Sha256})") : problem;
            }

            var target = Path.Combine(path, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(source, target);
            SetMode(target, ReadOnlyFile);
        }

        foreach (var inner in Directory.EnumerateDirectories(path, "*", SearchOption.AllDirectories).Append(path))
        {
            SetMode(inner, ReadOnlyFile | Searched);
        }

        return null;
    }

    /// <summary>What an earlier server left.</summary>
    private void Sweep()
    {
        if (!_swept && Directory.Exists(folder.Models))
        {
            foreach (var stray in Directory.EnumerateDirectories(folder.Models))
            {
                Remove(stray);
            }
        }

        _swept = true;
    }

    private async Task ReleaseAsync(string digest, string path)
    {
        await _turn.WaitAsync();
        try
        {
            if (_users[digest]-- == 1)
            {
                _users.Remove(digest);
                Remove(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start sweeps it.
        }
        finally
        {
            _turn.Release();
        }
    }

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private static void Remove(string path)
    {
        if (!Directory.Exists(path))
        {
            return;
        }

        foreach (var inner in Directory.EnumerateDirectories(path, "*", SearchOption.AllDirectories).Append(path).ToArray())
        {
            SetMode(inner, ReadOnlyFile | Searched | UnixFileMode.UserWrite);
        }

        Directory.Delete(path, recursive: true);
    }

    internal sealed class Lease(UnpackedModels owner, string digest, string path) : IAsyncDisposable
    {
        private int _given;

        public string Path { get; } = path;

        public ValueTask DisposeAsync() => Interlocked.Exchange(ref _given, 1) == 0 ? new ValueTask(owner.ReleaseAsync(digest, Path)) : ValueTask.CompletedTask;
    }
}
