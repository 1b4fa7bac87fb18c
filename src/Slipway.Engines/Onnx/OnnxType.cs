using System.Collections.Frozen;

namespace Slipway.Engines.Onnx;

/// <summary>Element types of tensors, by their numbers in ONNX, by their names in the Open Inference Protocol.</summary>
public enum OnnxType
{
    FP32 = 1,
    UINT8 = 2,
    INT8 = 3,
    UINT16 = 4,
    INT16 = 5,
    INT32 = 6,
    INT64 = 7,
    BYTES = 8,
    BOOL = 9,
    FP16 = 10,
    FP64 = 11,
    UINT32 = 12,
    UINT64 = 13,
    BF16 = 16,
}

public static class OnnxTypes
{
    private static readonly FrozenDictionary<Type, OnnxType> OfClr = new Dictionary<Type, OnnxType>
    {
        [typeof(float)] = OnnxType.FP32,
        [typeof(byte)] = OnnxType.UINT8,
        [typeof(sbyte)] = OnnxType.INT8,
        [typeof(ushort)] = OnnxType.UINT16,
        [typeof(short)] = OnnxType.INT16,
        [typeof(int)] = OnnxType.INT32,
        [typeof(long)] = OnnxType.INT64,
        [typeof(bool)] = OnnxType.BOOL,
        [typeof(Half)] = OnnxType.FP16,
        [typeof(double)] = OnnxType.FP64,
        [typeof(uint)] = OnnxType.UINT32,
        [typeof(ulong)] = OnnxType.UINT64,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, OnnxType> ByName =
        Enum.GetValues<OnnxType>().ToFrozenDictionary(t => t.ToString(), StringComparer.Ordinal);

    /// <summary>Bytes per element; 0 for BYTES, whose elements vary.</summary>
    public static int Size(this OnnxType type) => type switch
    {
        OnnxType.UINT8 or OnnxType.INT8 or OnnxType.BOOL => 1,
        OnnxType.UINT16 or OnnxType.INT16 or OnnxType.FP16 or OnnxType.BF16 => 2,
        OnnxType.FP32 or OnnxType.INT32 or OnnxType.UINT32 => 4,
        OnnxType.FP64 or OnnxType.INT64 or OnnxType.UINT64 => 8,
        _ => 0,
    };

    /// <summary>The datatype's name on the wire, such as "FP32". Cached, unlike <see cref="Enum.ToString()"/>.</summary>
    public static string WireName(this OnnxType type) => type switch
    {
        OnnxType.FP32 => "FP32",
        OnnxType.UINT8 => "UINT8",
        OnnxType.INT8 => "INT8",
        OnnxType.UINT16 => "UINT16",
        OnnxType.INT16 => "INT16",
        OnnxType.INT32 => "INT32",
        OnnxType.INT64 => "INT64",
        OnnxType.BYTES => "BYTES",
        OnnxType.BOOL => "BOOL",
        OnnxType.FP16 => "FP16",
        OnnxType.FP64 => "FP64",
        OnnxType.UINT32 => "UINT32",
        OnnxType.UINT64 => "UINT64",
        OnnxType.BF16 => "BF16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a tensor element type"),
    };

    /// <summary>The type of that exact wire name (upper case).</summary>
    public static bool TryParse(string wireName, out OnnxType type) => ByName.TryGetValue(wireName, out type);

    internal static OnnxType Of<T>() where T : unmanaged =>
        OfClr.TryGetValue(typeof(T), out var type) ? type : throw new ArgumentException($"{typeof(T)} is not a tensor element type");

    internal static bool IsKnown(int number) => Enum.IsDefined((OnnxType)number);
}
