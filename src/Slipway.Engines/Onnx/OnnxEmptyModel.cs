namespace Slipway.Engines.Onnx;

/// <summary>Writes a graph without inputs whose output y is a sequence without elements (field numbers: onnx.proto3).</summary>
internal static class OnnxEmptyModel
{
    private const int IntAttribute = 2;

    public static byte[] Of(OnnxType element)
    {
        var type = Message(4, Message(1, Message(1, Number(1, (int)element))));
        byte[] attribute = [.. Text(1, "dtype"), .. Number(3, (int)element), .. Number(20, IntAttribute)];
        byte[] node = [.. Text(2, "y"), .. Text(4, "SequenceEmpty"), .. Message(5, attribute)];
        byte[] output = [.. Text(1, "y"), .. Message(2, type)];
        return [.. Number(1, 8), .. Message(7, [.. Message(1, node), .. Text(2, "g"), .. Message(12, output)]), .. Message(8, [.. Text(1, ""), .. Number(2, 16)])];
    }

    private static byte[] Text(int field, string text) => Message(field, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Nothing here is longer than 127 bytes, so a length is one byte.</summary>
    private static byte[] Message(int field, byte[] content) => [.. Key((field << 3) | 2), checked((byte)content.Length), .. content];

    private static byte[] Number(int field, int value) => [.. Key(field << 3), checked((byte)value)];

    private static byte[] Key(int key) => key < 0x80 ? [(byte)key] : [(byte)(key | 0x80), (byte)(key >> 7)];
}
