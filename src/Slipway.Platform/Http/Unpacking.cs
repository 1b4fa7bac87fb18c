using System.Buffers;
using System.IO.Compression;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http;

/// <summary>Unpacks what a caller sent, to a limit: a few packed kilobytes may mean gigabytes.</summary>
public static class Unpacking
{
    private const int Step = 16 << 10;

    /// <param name="zlib">A zlib stream, which HTTP calls deflate; else gzip.</param>
    /// <param name="what">What is unpacked, for messages: "The body".</param>
    /// <returns>TooLarge past <paramref name="maxBytes"/>; Invalid when it is broken, with <paramref name="named"/> as where its coding was named.</returns>
    public static Problem? Into(PooledBytes to, in ReadOnlySequence<byte> packed, bool zlib, int maxBytes, string what, string named)
    {
        using var bytes = new MemoryStream(packed.ToArray(), writable: false);
        using Stream unpacked = zlib ? new ZLibStream(bytes, CompressionMode.Decompress) : new GZipStream(bytes, CompressionMode.Decompress);
        try
        {
            int read;
            while ((read = unpacked.Read(to.GetSpan(Step))) > 0)
            {
                to.Advance(read);
                if (to.Length > maxBytes)
                {
                    return new Problem(ProblemCode.TooLarge, $"{what} may have {maxBytes} bytes at most, unpacked");
                }
            }

            return null;
        }
        catch (InvalidDataException)
        {
            return Problem.Invalid($"{what} is not {(zlib ? "deflate (a zlib stream)" : "gzip")}, though {named} says so");
        }
    }
}
