using System.Buffers.Binary;
using Slipway.Platform.Http;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>A worker sent what is no frame; nothing after it can be trusted.</summary>
internal sealed class BrokenFrameException(string message) : Exception(message);

/// <summary>
/// Frames between this server and a worker: 16 bytes of head (<c>SLW1</c>, header length as uint32, blocks length as uint64, little-endian), a JSON header,
/// raw blocks. The other side is sdk/python/slipway/serving/frames.py; docs/serving-python.md has the whole protocol.
/// </summary>
internal static class Frame
{
    public const int HeadBytes = 16;
    public const int LongestHeader = 16 << 20;

    private const uint Magic = 0x31574C53;

    /// <summary>Begins a frame; write the header, then call <see cref="EndHeader"/>.</summary>
    public static void Begin(PooledBytes to)
    {
        to.GetSpan(HeadBytes)[..HeadBytes].Clear();
        to.Advance(HeadBytes);
    }

    /// <summary>Fills in the head of a frame whose blocks follow.</summary>
    public static void EndHeader(PooledBytes frame, long blocks)
    {
        var head = System.Runtime.InteropServices.MemoryMarshal.AsMemory(frame.Written).Span;
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)(frame.Length - HeadBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], (ulong)blocks);
    }

    /// <summary>The lengths of header and blocks.</summary>
    /// <exception cref="BrokenFrameException">Not a frame, or one larger than is taken.</exception>
    public static (int Header, int Blocks) ReadHead(ReadOnlySpan<byte> head, int mostBlocks)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != Magic)
        {
            throw new BrokenFrameException("what it sent does not begin as a frame does");
        }

        var (header, blocks) = (BinaryPrimitives.ReadUInt32LittleEndian(head[4..]), BinaryPrimitives.ReadUInt64LittleEndian(head[8..]));
        return header is > 0 and <= LongestHeader && blocks <= (ulong)mostBlocks
            ? ((int)header, (int)blocks)
            : throw new BrokenFrameException($"it sent a frame of {header} and {blocks} bytes; an answer may have {mostBlocks}");
    }
}
