using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Platform.Grpc;

/// <summary>
/// Reads length-prefixed messages from a request's body: a byte that says whether it is packed, four of length (big-endian), the message.
/// A message is lent where Kestrel has put it, until the next one is asked for. A caller that resets its stream is as one that cancels.
/// </summary>
internal sealed class GrpcReader(HttpRequest request, int maxBytes) : IDisposable
{
    private const int Prefix = 5;

    private readonly PipeReader _body = request.BodyReader;
    private SequencePosition? _consumed;
    private byte[]? _copy;

    /// <summary>The next message; null at the end of the stream.</summary>
    public async ValueTask<Result<ReadOnlyMemory<byte>?>> NextAsync(CancellationToken cancellation)
    {
        Release();
        while (true)
        {
            var read = await ReadAsync(cancellation);
            var (buffer, length, packed) = (read.Buffer, -1, false);
            if (buffer.Length >= Prefix)
            {
                (packed, var announced) = Header(buffer);
                if (announced > maxBytes)
                {
                    _body.AdvanceTo(buffer.End);
                    return new Problem(ProblemCode.TooLarge, $"A message may have {maxBytes} bytes at most; this one has {announced}");
                }

                length = (int)announced;
            }

            if (length >= 0 && buffer.Length >= Prefix + length)
            {
                var message = buffer.Slice(Prefix, length);
                _consumed = message.End;
                return packed ? Unpack(message) : Lend(message);
            }

            if (read.IsCompleted)
            {
                _body.AdvanceTo(buffer.End);
                return buffer.IsEmpty ? default(ReadOnlyMemory<byte>?) : Problem.Invalid("The stream ends in the middle of a message");
            }

            _body.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public void Dispose() => Release();

    /// <exception cref="OperationCanceledException">Also when the caller has reset the stream.</exception>
    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            return await _body.ReadAsync(cancellation);
        }
        catch (IOException reset) when (reset is not BadHttpRequestException)
        {
            throw new OperationCanceledException("The caller has reset the stream", reset);
        }
    }

    private static (bool Packed, uint Length) Header(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> header = stackalloc byte[Prefix];
        buffer.Slice(0, Prefix).CopyTo(header);
        return (header[0] != 0, BinaryPrimitives.ReadUInt32BigEndian(header[1..]));
    }

    private ReadOnlyMemory<byte>? Lend(in ReadOnlySequence<byte> message)
    {
        if (message.IsSingleSegment)
        {
            return message.First;
        }

        var length = (int)message.Length;
        _copy = ArrayPool<byte>.Shared.Rent(length);
        message.CopyTo(_copy);
        return _copy.AsMemory(0, length);
    }

    private Result<ReadOnlyMemory<byte>?> Unpack(in ReadOnlySequence<byte> message)
    {
        var encoding = request.Headers["grpc-encoding"].ToString();
        if (encoding is not ("gzip" or "deflate"))
        {
            return encoding is "" or "identity"
                ? Problem.Invalid("A message says that it is packed, but grpc-encoding names no way to unpack it")
                : new Problem(ProblemCode.Unsupported, $"grpc-encoding '{encoding}' is not supported; this server takes gzip, deflate and identity");
        }

        using var unpacked = new PooledBytes((int)Math.Min(maxBytes, message.Length * 4));
        return Unpacking.Into(unpacked, message, zlib: encoding == "deflate", maxBytes, "A message", "grpc-encoding") is { } problem
            ? problem
            : (ReadOnlyMemory<byte>?)unpacked.Written.ToArray();
    }

    private void Release()
    {
        if (_consumed is { } consumed)
        {
            _consumed = null;
            try
            {
                _body.AdvanceTo(consumed);
            }
            catch (IOException)
            {
                // The caller has reset the stream, and Kestrel says so where it would ask for more of it. The next read says so too.
            }
        }

        if (_copy is { } copy)
        {
            ArrayPool<byte>.Shared.Return(copy);
            _copy = null;
        }
    }
}
