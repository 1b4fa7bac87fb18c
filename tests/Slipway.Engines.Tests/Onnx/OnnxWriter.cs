using System.Text;
using Slipway.Engines.Onnx;

namespace Slipway.Engines.Tests.Onnx;

/// <summary>Writes small ONNX models as protobuf bytes, field by field (numbers from onnx.proto3).</summary>
internal static class OnnxWriter
{
    public static byte[] Model(byte[][] nodes, byte[][] inputs, byte[][] outputs, int opset = 17, byte[][]? weights = null)
    {
        var graph = Join(
            [.. nodes.Select(n => Message(1, n)), Text(2, "g"), .. (weights ?? []).Select(w => Message(5, w)), .. inputs.Select(i => Message(11, i)), .. outputs.Select(o => Message(12, o))]);
        return Join(
            Number(1, 8),
            Message(7, graph),
            Message(8, Join(Text(1, ""), Number(2, opset))),
            Message(8, Join(Text(1, "ai.onnx.ml"), Number(2, 3))));
    }

    public static byte[] Node(string op, string[] inputs, string[] outputs, string domain = "", params byte[][] attributes) => Join(
        [.. inputs.Select(i => Text(1, i)), .. outputs.Select(o => Text(2, o)), Text(4, op), .. attributes.Select(a => Message(5, a)), Text(7, domain)]);

    /// <summary>A tensor's declaration; -1 is a free size.</summary>
    public static byte[] Tensor(string name, OnnxType type, params long[] dims) => Join(Text(1, name), Message(2, TensorType((int)type, dims)));

    /// <summary>Numbers that the model carries with it.</summary>
    public static byte[] Weights(string name, long[] dims, float[] values) => Join(
        [.. dims.Select(d => Number(1, d)), Number(2, (int)OnnxType.FP32), Text(8, name), Message(9, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray())]);

    public static byte[] SequenceOfMaps(string name, OnnxType key) => Join(
        Text(1, name),
        Message(2, Message(4, Message(1, Message(5, Join(Number(1, (int)key), Message(2, TensorType((int)OnnxType.FP32, []))))))));

    /// <summary>A list of tensors of any shapes.</summary>
    public static byte[] SequenceOfTensors(string name, OnnxType element = OnnxType.FP32) => Join(Text(1, name), Message(2, SequenceType((int)element)));

    public static byte[] Map(string name, OnnxType key, OnnxType value) => Join(
        Text(1, name), Message(2, Message(5, Join(Number(1, (int)key), Message(2, TensorType((int)value, []))))));

    /// <summary>A tensor that need not be there; with <paramref name="sequence"/>, a list of tensors that need not.</summary>
    public static byte[] OptionalTensor(string name, OnnxType type, bool sequence, params long[] dims) => Join(
        Text(1, name), Message(2, Message(9, Message(1, sequence ? SequenceType((int)type) : TensorType((int)type, dims)))));

    /// <summary>An attribute that holds the type of a tensor.</summary>
    public static byte[] TypeOf(string name, OnnxType type, params long[] dims) => Join(Text(1, name), Number(20, 13), Message(14, TensorType((int)type, dims)));

    /// <summary>A tensor whose number of dimensions is left open.</summary>
    public static byte[] Shapeless(string name, OnnxType type) => Join(Text(1, name), Message(2, Message(1, Number(1, (int)type))));

    /// <summary>Whole numbers that the model carries with it.</summary>
    public static byte[] Weights(string name, long[] dims, long[] values) => Join(
        [.. dims.Select(d => Number(1, d)), Number(2, (int)OnnxType.INT64), Text(8, name), Message(9, System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(values).ToArray())]);

    public static byte[] Ints(string name, params long[] values) =>
        Join([Text(1, name), Number(20, 7), .. values.Select(v => Number(8, v))]);

    public static byte[] Int(string name, long value) => Join(Text(1, name), Number(20, 2), Number(3, value));

    public static byte[] Floats(string name, params float[] values) =>
        Join([Text(1, name), Number(20, 6), .. values.Select(v => Join([(7 << 3) | 5], BitConverter.GetBytes(v)))]);

    public static byte[] String(string name, string value) => Join(Text(1, name), Number(20, 3), Text(4, value));

    /// <summary>The body of a Loop or of a branch.</summary>
    public static byte[] Graph(string name, byte[][] nodes, byte[][] inputs, byte[][] outputs) => Join(
        Text(1, name), Number(20, 5),
        Message(6, Join([.. nodes.Select(n => Message(1, n)), Text(2, name), .. inputs.Select(i => Message(11, i)), .. outputs.Select(o => Message(12, o))])));

    public static byte[] Strings(string name, params string[] values) =>
        Join([Text(1, name), Number(20, 8), .. values.Select(v => Text(9, v))]);

    public static byte[] Identity(OnnxType type, params long[] dims) =>
        Model([Node("Identity", ["x"], ["y"])], [Tensor("x", type, dims)], [Tensor("y", type, dims)]);

    private static byte[] SequenceType(int element) => Message(4, Message(1, Message(1, Number(1, element))));

    private static byte[] TensorType(int element, long[] dims)
    {
        var shape = Join([.. dims.Select(d => Message(1, d < 0 ? Text(2, "n") : Number(1, d)))]);
        return Message(1, Join(Number(1, element), Message(2, shape)));
    }

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, byte[] content) => Join(Varint((ulong)(field << 3 | 2)), Varint((ulong)content.Length), content);

    private static byte[] Number(int field, long value) => Join(Varint((ulong)(field << 3)), Varint((ulong)value));

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(p => p)];
}
