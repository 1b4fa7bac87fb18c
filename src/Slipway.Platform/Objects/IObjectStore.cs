using Slipway.Kernel.Problems;

namespace Slipway.Platform.Objects;

/// <summary>An object's identity: SHA-256 of its bytes (lower-case hex) and its size.</summary>
public sealed record ObjectDigest(string Sha256, long Bytes);

/// <summary>
/// Content-addressed bytes: what is written is named by its hash, identical content is kept once, and a reader can trust what it reads.
/// Embedded: files under <c>DIR/objects/ab/cdef...</c>, written to a temporary name, synced, renamed. The same port is ready for S3.
/// </summary>
public interface IObjectStore
{
    /// <summary>Streams in, hashing on the way; nothing is visible until it is whole and on disk. Too large: <c>TooLarge</c>. Full disk: <c>Unavailable</c>.</summary>
    Task<Result<ObjectDigest>> PutAsync(Stream content, long? maxBytes, CancellationToken cancellation);

    /// <summary>The object from <paramref name="offset"/>, at most <paramref name="length"/> bytes (to the end when null). A whole read checks the hash at its end.</summary>
    Task<Result<Stream>> OpenAsync(string sha256, long offset, long? length, CancellationToken cancellation);

    Task<ObjectDigest?> FindAsync(string sha256, CancellationToken cancellation);

    Task<bool> DeleteAsync(string sha256, CancellationToken cancellation);

    /// <summary>A path on this machine that native engines can open for reading; remote stores download to a verified local cache first.</summary>
    Task<Result<string>> LocalPathAsync(string sha256, CancellationToken cancellation);
}

public static class ObjectStoreExtensions
{
    public static async Task<Result<ObjectDigest>> PutBytesAsync(this IObjectStore store, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        return await store.PutAsync(stream, null, cancellation);
    }

    public static async Task<Result<byte[]>> GetBytesAsync(this IObjectStore store, string sha256, CancellationToken cancellation)
    {
        var opened = await store.OpenAsync(sha256, 0, null, cancellation);
        if (!opened.TryGet(out var stream, out var problem))
        {
            return problem;
        }

        await using (stream)
        {
            using var buffer = new MemoryStream();
            await stream.CopyToAsync(buffer, cancellation);
            return buffer.ToArray();
        }
    }
}
