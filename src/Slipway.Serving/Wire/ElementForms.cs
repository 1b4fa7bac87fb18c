using System.Text.Json;
using Slipway.Engines.Onnx;

namespace Slipway.Serving.Wire;

/// <summary>How one JSON value becomes one element. False when it is of another kind or does not fit; nothing is rounded or cut to fit.</summary>
internal interface IElementForm<T>
    where T : unmanaged
{
    static abstract bool TryRead(ref Utf8JsonReader reader, out T value);
}

internal static class ElementForms
{
    public static string Describe(OnnxType type) => type switch
    {
        OnnxType.BOOL => "a BOOL (true or false)",
        OnnxType.BYTES => "a BYTES element (a string)",
        OnnxType.INT8 => "an INT8 (whole, -128 to 127)",
        OnnxType.INT16 => "an INT16 (whole, -32768 to 32767)",
        OnnxType.INT32 => "an INT32 (whole, -2147483648 to 2147483647)",
        OnnxType.INT64 => "an INT64 (whole, -9223372036854775808 to 9223372036854775807)",
        OnnxType.UINT8 => "a UINT8 (whole, 0 to 255)",
        OnnxType.UINT16 => "a UINT16 (whole, 0 to 65535)",
        OnnxType.UINT32 => "a UINT32 (whole, 0 to 4294967295)",
        OnnxType.UINT64 => "a UINT64 (whole, 0 to 18446744073709551615)",
        _ => $"{(type == OnnxType.BF16 ? "a" : "an")} {type.WireName()} number within its range (null is a missing value)",
    };
}

/// <summary>JSON has no NaN, so null stands for it: a missing value, which trees and imputers take.</summary>
internal readonly struct Fp32 : IElementForm<float>
{
    public static bool TryRead(ref Utf8JsonReader reader, out float value)
    {
        value = float.NaN;
        return reader.TokenType == JsonTokenType.Number ? reader.TryGetSingle(out value) && float.IsFinite(value) : reader.TokenType == JsonTokenType.Null;
    }
}

internal readonly struct Fp64 : IElementForm<double>
{
    public static bool TryRead(ref Utf8JsonReader reader, out double value)
    {
        value = double.NaN;
        return reader.TokenType == JsonTokenType.Number ? reader.TryGetDouble(out value) && double.IsFinite(value) : reader.TokenType == JsonTokenType.Null;
    }
}

internal readonly struct Fp16 : IElementForm<Half>
{
    public static bool TryRead(ref Utf8JsonReader reader, out Half value)
    {
        var read = Fp64.TryRead(ref reader, out var wide);
        value = (Half)wide;
        return read && (Half.IsFinite(value) || double.IsNaN(wide));
    }
}

/// <summary>The upper half of a float, rounded to the nearest even.</summary>
internal readonly struct Bf16 : IElementForm<ushort>
{
    private const ushort NotANumber = 0x7FC0;
    private const ushort ExponentMask = 0x7F80;

    public static bool TryRead(ref Utf8JsonReader reader, out ushort value)
    {
        var read = Fp32.TryRead(ref reader, out var wide);
        var bits = BitConverter.SingleToUInt32Bits(wide);
        value = float.IsNaN(wide) ? NotANumber : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        return read && (float.IsNaN(wide) || (value & ExponentMask) != ExponentMask);
    }

    public static float ToSingle(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);
}

internal readonly struct Bool : IElementForm<byte>
{
    public static bool TryRead(ref Utf8JsonReader reader, out byte value)
    {
        value = reader.TokenType == JsonTokenType.True ? (byte)1 : (byte)0;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
    }
}

internal readonly struct Int64 : IElementForm<long>
{
    public static bool TryRead(ref Utf8JsonReader reader, out long value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value);
    }
}

internal readonly struct Int32 : IElementForm<int>
{
    public static bool TryRead(ref Utf8JsonReader reader, out int value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out value);
    }
}

internal readonly struct Int16 : IElementForm<short>
{
    public static bool TryRead(ref Utf8JsonReader reader, out short value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt16(out value);
    }
}

internal readonly struct Int8 : IElementForm<sbyte>
{
    public static bool TryRead(ref Utf8JsonReader reader, out sbyte value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetSByte(out value);
    }
}

internal readonly struct UInt64 : IElementForm<ulong>
{
    public static bool TryRead(ref Utf8JsonReader reader, out ulong value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out value);
    }
}

internal readonly struct UInt32 : IElementForm<uint>
{
    public static bool TryRead(ref Utf8JsonReader reader, out uint value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetUInt32(out value);
    }
}

internal readonly struct UInt16 : IElementForm<ushort>
{
    public static bool TryRead(ref Utf8JsonReader reader, out ushort value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetUInt16(out value);
    }
}

internal readonly struct UInt8 : IElementForm<byte>
{
    public static bool TryRead(ref Utf8JsonReader reader, out byte value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetByte(out value);
    }
}
