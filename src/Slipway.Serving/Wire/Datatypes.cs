using System.Text;
using Slipway.Engines.Onnx;

namespace Slipway.Serving.Wire;

/// <summary>The protocol's datatypes, in the order in which requests tend to use them.</summary>
internal static class Datatypes
{
    private static readonly OnnxType[] Order =
    [
        OnnxType.FP32, OnnxType.BYTES, OnnxType.INT64, OnnxType.FP64, OnnxType.INT32, OnnxType.BOOL, OnnxType.UINT8, OnnxType.INT8,
        OnnxType.UINT16, OnnxType.INT16, OnnxType.UINT32, OnnxType.UINT64, OnnxType.FP16, OnnxType.BF16,
    ];

    public static (byte[] Utf8, OnnxType Type)[] All { get; } = [.. Order.Select(t => (Encoding.UTF8.GetBytes(t.WireName()), t))];

    /// <summary>Null for a name that is none.</summary>
    public static OnnxType? Find(ReadOnlySpan<byte> name)
    {
        foreach (var (utf8, type) in All)
        {
            if (name.SequenceEqual(utf8))
            {
                return type;
            }
        }

        return null;
    }

    public static string Names { get; } = string.Join(", ", Order.Select(t => t.WireName()));
}
