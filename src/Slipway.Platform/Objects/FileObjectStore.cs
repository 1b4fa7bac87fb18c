using System.Buffers;
using System.Security.Cryptography;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Objects;

/// <summary>
/// Objects as files: <c>FOLDER/ab/cdef...</c> by their SHA-256. An upload goes to <c>FOLDER/.incoming</c>, is synced, and is renamed to its place; the
/// rename is synced too, so an object that was answered for survives a power cut, and one that was not leaves nothing but a file that the
/// next start sweeps.
/// </summary>
internal sealed class FileObjectStore : IObjectStore
{
    private const int BufferBytes = 128 << 10;
    private readonly string _folder;
    private readonly string _incoming;
    private readonly long _mostBytes;

    /// <param name="folder">Made when missing. Uploads left over by a crash are removed from it: one process owns the folder.</param>
    public FileObjectStore(string folder, long mostBytes)
    {
        (_folder, _incoming, _mostBytes) = (folder, Path.Combine(folder, ".incoming"), mostBytes);
        Directory.CreateDirectory(_incoming);
        foreach (var stray in Directory.EnumerateFiles(_incoming))
        {
            File.Delete(stray);
        }
    }

    public async Task<Result<ObjectDigest>> PutAsync(Stream content, long? maxBytes, CancellationToken cancellation)
    {
        var limit = Math.Min(maxBytes ?? long.MaxValue, _mostBytes);
        var temporary = Path.Combine(_incoming, Guid.NewGuid().ToString("N"));
        try
        {
            var received = await ReceiveAsync(content, temporary, limit, cancellation);
            return received.TryGet(out var digest, out var problem) ? Place(temporary, digest) : problem;
        }
        catch (IOException e) when (DiskFaults.IsFull(e))
        {
            return DiskFaults.Full(_folder);
        }
        catch (UnauthorizedAccessException)
        {
            return Problem.Unavailable($"the object folder {_folder} cannot be written: make it writable for the server's user");
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    public Task<Result<Stream>> OpenAsync(string sha256, long offset, long? length, CancellationToken cancellation)
    {
        if (PathOf(sha256) is not { } path)
        {
            return Task.FromResult<Result<Stream>>(NotAnId(sha256));
        }

        if (offset < 0 || length < 0)
        {
            return Task.FromResult<Result<Stream>>(Problem.Invalid($"the range {offset}+{length} of object {sha256} is negative"));
        }

        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous);
            if (offset > file.Length)
            {
                var size = file.Length;
                file.Dispose();
                return Task.FromResult<Result<Stream>>(Problem.Invalid($"the range starts at {offset}, but object {sha256} has {size} bytes"));
            }

            return Task.FromResult(Result.From<Stream>(new ObjectStream(file, sha256, offset, Math.Min(length ?? long.MaxValue, file.Length - offset))));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Result<Stream>>(Problem.NotFound($"object {sha256}"));
        }
    }

    public Task<ObjectDigest?> FindAsync(string sha256, CancellationToken cancellation) =>
        Task.FromResult(PathOf(sha256) is { } path && new FileInfo(path) is { Exists: true } file ? new ObjectDigest(sha256, file.Length) : null);

    public Task<bool> DeleteAsync(string sha256, CancellationToken cancellation)
    {
        if (PathOf(sha256) is not { } path || !File.Exists(path))
        {
            return Task.FromResult(false);
        }

        File.Delete(path);
        return Task.FromResult(true);
    }

    public Task<Result<string>> LocalPathAsync(string sha256, CancellationToken cancellation) => Task.FromResult<Result<string>>(
        PathOf(sha256) is not { } path ? NotAnId(sha256) : File.Exists(path) ? path : Problem.NotFound($"object {sha256}"));

    private static Problem NotAnId(string sha256) =>
        Problem.Invalid($"'{(sha256.Length > 80 ? sha256[..80] : sha256)}' is no object id: an id is 64 characters, 0-9 and a-f");

    // The only way from an id to a path: 64 hex characters cannot leave the folder.
    private string? PathOf(string sha256) =>
        sha256.Length == 64 && sha256.AsSpan().IndexOfAnyExcept("0123456789abcdef") < 0 ? Path.Combine(_folder, sha256[..2], sha256[2..]) : null;

    private static async Task<Result<ObjectDigest>> ReceiveAsync(Stream content, string temporary, long limit, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using var file = new FileStream(
                temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            long bytes = 0;

            // A request's body comes in small pieces; a write to the file costs about the same whatever its length.
            for (int read; (read = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation)) > 0;)
            {
                bytes += read;
                if (bytes > limit)
                {
                    return new Problem(ProblemCode.TooLarge, $"the object is larger than the {limit} bytes allowed");
                }

                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }

            file.Flush(flushToDisk: true);
            return new ObjectDigest(Convert.ToHexStringLower(hash.GetHashAndReset()), bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ObjectDigest Place(string temporary, ObjectDigest digest)
    {
        var path = PathOf(digest.Sha256)!;
        var folder = Path.GetDirectoryName(path)!;

        // The same content is kept once; a file of another size under this name is damaged, and here is its cure.
        if (new FileInfo(path) is { Exists: true } there && there.Length == digest.Bytes)
        {
            return digest;
        }

        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            DirectorySync.Flush(_folder);
        }

        File.Move(temporary, path, overwrite: true);
        DirectorySync.Flush(folder);
        return digest;
    }
}
