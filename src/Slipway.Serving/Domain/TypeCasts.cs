using Slipway.Engines.Onnx;

namespace Slipway.Serving.Domain;

/// <summary>Which datatypes a value may be taken for without changing it, as numpy's safe casts have it.</summary>
internal static class TypeCasts
{
    private static readonly OnnxType[] Floats = [OnnxType.FP16, OnnxType.FP32, OnnxType.FP64];
    private static readonly OnnxType[] Signed = [OnnxType.INT8, OnnxType.INT16, OnnxType.INT32, OnnxType.INT64];
    private static readonly OnnxType[] Unsigned = [OnnxType.UINT8, OnnxType.UINT16, OnnxType.UINT32, OnnxType.UINT64];

    public static bool IsSafe(OnnxType from, OnnxType to)
    {
        if (from == to)
        {
            return true;
        }

        return from switch
        {
            OnnxType.BYTES => false,
            OnnxType.BOOL => to != OnnxType.BYTES && to != OnnxType.BF16,
            OnnxType.BF16 => to is OnnxType.FP32 or OnnxType.FP64,
            _ when Floats.Contains(from) => Later(Floats, from, to),
            _ when Signed.Contains(from) => Later(Signed, from, to) || FloatHolds(from, to),
            _ => Later(Unsigned, from, to) || FloatHolds(from, to) || (Signed.Contains(to) && to.Size() > from.Size()),
        };
    }

    private static bool Later(OnnxType[] row, OnnxType from, OnnxType to) => Array.IndexOf(row, to) > Array.IndexOf(row, from);

    /// <summary>A float has room for integers of half its size; 64 bits go into FP64 by custom.</summary>
    private static bool FloatHolds(OnnxType from, OnnxType to) => Floats.Contains(to) && (to.Size() > from.Size() || (to == OnnxType.FP64 && from.Size() == 8));
}
