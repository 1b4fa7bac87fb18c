using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Serving.Bodies;

internal enum ContentCoding
{
    Identity,
    Gzip,
    Deflate,
}

/// <summary>gzip and deflate (a zlib stream, RFC 9110 section 8.4.1) of requests and answers.</summary>
internal static class BodyCoding
{
    public const string Offered = "gzip, deflate";

    public static Result<ContentCoding> Of(StringValues header)
    {
        if (header.Count == 0)
        {
            return ContentCoding.Identity;
        }

        var name = header.ToString().Trim();
        return Named(name) is { } coding
            ? coding
            : new Problem(ProblemCode.UnsupportedMediaType, $"Content-Encoding '{name}' is not supported; this server takes {Offered}");
    }

    /// <summary>The coding that a caller accepts and prefers for the answer.</summary>
    public static ContentCoding Accepted(StringValues header)
    {
        var (best, bestWeight) = (ContentCoding.Identity, 0.0);
        foreach (var item in header)
        {
            foreach (var part in (item ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var cut = part.IndexOf(';', StringComparison.Ordinal);
                var weight = cut < 0 ? 1 : WeightOf(part[(cut + 1)..]);
                if (weight > bestWeight && Named(cut < 0 ? part : part[..cut].Trim()) is { } coding and not ContentCoding.Identity)
                {
                    (best, bestWeight) = (coding, weight);
                }
            }
        }

        return best;
    }

    /// <summary>Unpacks into <paramref name="to"/>; the problem when it is broken or larger than allowed.</summary>
    public static Problem? Decode(in ReadOnlySequence<byte> body, ContentCoding coding, PooledBytes to, int maxBytes) =>
        Unpacking.Into(to, body, coding == ContentCoding.Deflate, maxBytes, "The body", "Content-Encoding");

    public static PooledBytes Encode(ReadOnlyMemory<byte> body, ContentCoding coding)
    {
        var packed = new PooledBytes(Math.Max(256, body.Length / 2));
        using var sink = new BufferStream(packed);
        using Stream packing = coding == ContentCoding.Gzip ? new GZipStream(sink, CompressionLevel.Fastest) : new ZLibStream(sink, CompressionLevel.Fastest);
        packing.Write(body.Span);
        return packed;
    }

    public static string NameOf(ContentCoding coding) => coding == ContentCoding.Gzip ? "gzip" : "deflate";

    private static ContentCoding? Named(string name) =>
        name.Equals("gzip", StringComparison.OrdinalIgnoreCase) || name.Equals("x-gzip", StringComparison.OrdinalIgnoreCase) ? ContentCoding.Gzip
        : name.Equals("deflate", StringComparison.OrdinalIgnoreCase) ? ContentCoding.Deflate
        : name.Equals("identity", StringComparison.OrdinalIgnoreCase) || name.Length == 0 ? ContentCoding.Identity
        : null;

    private static double WeightOf(string parameter)
    {
        var text = parameter.Trim();
        return text.StartsWith("q=", StringComparison.OrdinalIgnoreCase)
            && double.TryParse(text.AsSpan(2), System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var weight)
                ? weight
                : 1;
    }

    /// <summary>A stream that writes into a buffer.</summary>
    private sealed class BufferStream(PooledBytes to) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => to.Length;

        public override long Position { get => to.Length; set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => to.Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => to.Write(buffer);
    }
}
