using System.Buffers.Binary;

namespace Slipway.Bench.Serving;

/// <summary>A framed message of ModelInfer.</summary>
internal static class GrpcMessage
{
    /// <summary>A ModelInferRequest of one FP32 input in raw contents.</summary>
    public static byte[] Of(string model, string input, long[] shape, float[] values)
    {
        var raw = System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();
        byte[] tensor = [.. Field(1, Ascii(input)), .. Field(2, Ascii("FP32")), .. Field(3, [.. shape.SelectMany(d => Varint((ulong)d))])];
        byte[] message = [.. Field(1, Ascii(model)), .. Field(3, "1"u8.ToArray()), .. Field(5, tensor), .. Field(7, raw)];
        var framed = new byte[5 + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)message.Length);
        message.CopyTo(framed, 5);
        return framed;
    }

    private static byte[] Ascii(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private static byte[] Field(int number, byte[] content) => [.. Varint((ulong)((number << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }
}
