using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Slipway.Platform.Http;

namespace Slipway.Serving.Grpc;

/// <summary>Writes protobuf fields; who writes a nested message works out its length first.</summary>
internal static class ProtoWriter
{
    public static int VarintSize(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) / 64;

    /// <summary>Tag (of fields below 16), length and content.</summary>
    public static int FieldSize(int content) => 1 + VarintSize((ulong)content) + content;

    public static void Varint(PooledBytes to, ulong value)
    {
        var span = to.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)(value | 0x80);
        }

        span[length++] = (byte)value;
        to.Advance(length);
    }

    /// <summary>Tag and length of a field whose content follows.</summary>
    public static void Begin(PooledBytes to, int field, int length)
    {
        Varint(to, (ulong)((field << 3) | ProtoReader.BytesWire));
        Varint(to, (ulong)length);
    }

    /// <summary>A text, left out when empty.</summary>
    public static void Text(PooledBytes to, int field, string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        var length = Encoding.UTF8.GetByteCount(text);
        Begin(to, field, length);
        Encoding.UTF8.GetBytes(text, to.GetSpan(length));
        to.Advance(length);
    }

    public static int TextSize(string text) => text.Length == 0 ? 0 : FieldSize(Encoding.UTF8.GetByteCount(text));

    public static void UInt32(PooledBytes to, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(to.GetSpan(sizeof(uint)), value);
        to.Advance(sizeof(uint));
    }
}
