using System.Runtime.InteropServices;
using Slipway.Engines.Onnx;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Explanations.Rows;

/// <summary>Numbers of every tensor type as doubles, and back.</summary>
internal static class ElementCodec
{
    public static double Read(OnnxType type, ReadOnlySpan<byte> bytes) => type switch
    {
        OnnxType.FP32 => MemoryMarshal.Read<float>(bytes),
        OnnxType.FP64 => MemoryMarshal.Read<double>(bytes),
        OnnxType.FP16 => (double)MemoryMarshal.Read<Half>(bytes),
        OnnxType.BF16 => Bf16.ToSingle(MemoryMarshal.Read<ushort>(bytes)),
        OnnxType.BOOL or OnnxType.UINT8 => bytes[0],
        OnnxType.INT8 => (sbyte)bytes[0],
        OnnxType.INT16 => MemoryMarshal.Read<short>(bytes),
        OnnxType.UINT16 => MemoryMarshal.Read<ushort>(bytes),
        OnnxType.INT32 => MemoryMarshal.Read<int>(bytes),
        OnnxType.UINT32 => MemoryMarshal.Read<uint>(bytes),
        OnnxType.INT64 => MemoryMarshal.Read<long>(bytes),
        OnnxType.UINT64 => MemoryMarshal.Read<ulong>(bytes),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a number"),
    };

    /// <summary>Whole types get the nearest whole number, every type one within its range.</summary>
    public static void Write(OnnxType type, double value, Span<byte> bytes)
    {
        switch (type)
        {
            case OnnxType.FP32:
                MemoryMarshal.Write(bytes, (float)value);
                break;
            case OnnxType.FP64:
                MemoryMarshal.Write(bytes, value);
                break;
            case OnnxType.FP16:
                MemoryMarshal.Write(bytes, (Half)value);
                break;
            case OnnxType.BF16:
                MemoryMarshal.Write(bytes, (ushort)((BitConverter.SingleToUInt32Bits((float)value) + 0x8000) >> 16));
                break;
            case OnnxType.BOOL:
                bytes[0] = (byte)(value >= 0.5 ? 1 : 0);
                break;
            default:
                WriteWhole(type, Math.Round(value), bytes);
                break;
        }
    }

    public static bool IsFloat(OnnxType type) => type is OnnxType.FP32 or OnnxType.FP64 or OnnxType.FP16 or OnnxType.BF16;

    // Conversions of doubles to whole numbers saturate, and NaN becomes 0.
    private static void WriteWhole(OnnxType type, double value, Span<byte> bytes)
    {
        switch (type)
        {
            case OnnxType.UINT8:
                bytes[0] = (byte)Math.Clamp(value, byte.MinValue, byte.MaxValue);
                break;
            case OnnxType.INT8:
                bytes[0] = (byte)(sbyte)Math.Clamp(value, sbyte.MinValue, sbyte.MaxValue);
                break;
            case OnnxType.INT16:
                MemoryMarshal.Write(bytes, (short)Math.Clamp(value, short.MinValue, short.MaxValue));
                break;
            case OnnxType.UINT16:
                MemoryMarshal.Write(bytes, (ushort)Math.Clamp(value, ushort.MinValue, ushort.MaxValue));
                break;
            case OnnxType.INT32:
                MemoryMarshal.Write(bytes, (int)value);
                break;
            case OnnxType.UINT32:
                MemoryMarshal.Write(bytes, (uint)value);
                break;
            case OnnxType.INT64:
                MemoryMarshal.Write(bytes, (long)value);
                break;
            case OnnxType.UINT64:
                MemoryMarshal.Write(bytes, (ulong)value);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a number");
        }
    }
}
