using System.Buffers.Binary;
using Slipway.Kernel.Problems;
using Slipway.Serving.Explanations.Trees.Proto;

namespace Slipway.Serving.Explanations.Trees;

/// <summary>The attributes of one node by name, whichever of ONNX's ways they are written in.</summary>
internal sealed class TreeNodeTable(NodeProto node)
{
    private const int Float = 1;
    private const int UInt8 = 2;
    private const int Int64 = 7;
    private const int Double = 11;

    private readonly Dictionary<string, AttributeProto> _attributes = node.Attribute.DistinctBy(a => a.Name).ToDictionary(a => a.Name, StringComparer.Ordinal);

    public bool Has(string name) => _attributes.ContainsKey(name);

    public long Int(string name, long otherwise) => _attributes.TryGetValue(name, out var found) ? found.I : otherwise;

    public string Text(string name, string otherwise) => _attributes.TryGetValue(name, out var found) ? found.S.ToStringUtf8() : otherwise;

    public long[] Ints(string name) => _attributes.TryGetValue(name, out var found) ? [.. found.Ints] : [];

    public string[] Texts(string name) => _attributes.TryGetValue(name, out var found) ? [.. found.Strings.Select(s => s.ToStringUtf8())] : [];

    /// <summary><c>NAME_as_tensor</c> (FLOAT or DOUBLE) where it stands, else the floats of <c>NAME</c>.</summary>
    public double[] Numbers(string name) =>
        _attributes.TryGetValue(name + "_as_tensor", out var tensor) ? Numbers(tensor.T, name)
        : !_attributes.TryGetValue(name, out var found) ? []
        : found.T is not null ? Numbers(found.T, name)
        : [.. found.Floats.Select(f => (double)f)];

    /// <exception cref="ProblemException">Unsupported: the tensor has another type.</exception>
    private static double[] Numbers(TensorProto tensor, string name)
    {
        var raw = tensor.RawData.Span;
        var values = new List<double>();
        switch (tensor.DataType)
        {
            case Float when raw.Length == 0:
                return [.. tensor.FloatData.Select(f => (double)f)];
            case Double when raw.Length == 0:
                return [.. tensor.DoubleData];
            case UInt8 when raw.Length == 0:
                return [.. tensor.Int32Data.Select(i => (double)i)];
            case Int64 when raw.Length == 0:
                return [.. tensor.Int64Data.Select(i => (double)i)];
            case Float:
                for (; raw.Length >= 4; raw = raw[4..])
                {
                    values.Add(BinaryPrimitives.ReadSingleLittleEndian(raw));
                }

                return [.. values];
            case Double:
                for (; raw.Length >= 8; raw = raw[8..])
                {
                    values.Add(BinaryPrimitives.ReadDoubleLittleEndian(raw));
                }

                return [.. values];
            case UInt8:
                return [.. raw.ToArray().Select(b => (double)b)];
            case Int64:
                for (; raw.Length >= 8; raw = raw[8..])
                {
                    values.Add(BinaryPrimitives.ReadInt64LittleEndian(raw));
                }

                return [.. values];
            default:
                throw new ProblemException(new Problem(ProblemCode.Unsupported, $"{name} is a tensor of ONNX type {tensor.DataType}"));
        }
    }
}
