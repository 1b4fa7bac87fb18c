using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Natural;

/// <summary>Elements of one type, added one by one from JSON or from the text of a CSV cell.</summary>
internal sealed class TensorElements : IDisposable
{
    private readonly OnnxBuffer? _numbers;
    private readonly List<ReadOnlyMemory<byte>>? _texts;

    private TensorElements(OnnxType type, int room)
    {
        Type = type;
        (_numbers, _texts) = type == OnnxType.BYTES ? ((OnnxBuffer?)null, new List<ReadOnlyMemory<byte>>(room)) : (OnnxBuffer.Rent(room * type.Size()), null);
    }

    public OnnxType Type { get; }

    public int Count { get; private set; }

    /// <param name="room">Exactly how many are added.</param>
    public static TensorElements For(OnnxType type, long room) => new(type, checked((int)room));

    public InputTensor ToTensor(string name, long[] shape) => new(name, Type, shape, _numbers, _texts?.ToArray(), Count);

    /// <summary>False when the value is of another kind or does not fit. null is a missing number (NaN) or the empty text.</summary>
    public bool TryAdd(JsonElement value)
    {
        if (_texts is not null)
        {
            return TextOf(value) is { } text && Text(text);
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False:
                return Type == OnnxType.BOOL && Put(value.ValueKind == JsonValueKind.True ? 1 : 0);
            case JsonValueKind.Null:
                return IsFloat && Put(double.NaN);
            case JsonValueKind.Number when Type == OnnxType.UINT64:
                return (value.TryGetUInt64(out var large) || (value.TryGetDouble(out var real) && Whole(real, out large))) && Put(large);
            case JsonValueKind.Number when IsFloat:
                return value.TryGetDouble(out var number) && (double.IsFinite(number) || IsInfinity(value)) && Put(number);
            case JsonValueKind.Number:
                return Type != OnnxType.BOOL && (value.TryGetInt64(out var whole) || (value.TryGetDouble(out var same) && Whole(same, out whole))) && Put(whole);
            default:
                return false;
        }
    }

    /// <summary>A CSV cell; the empty one is missing.</summary>
    public bool TryAdd(string cell)
    {
        var culture = CultureInfo.InvariantCulture;
        return Type switch
        {
            OnnxType.BYTES => Text(Encoding.UTF8.GetBytes(cell)),
            OnnxType.BOOL => bool.TryParse(cell, out var truth) ? Put(truth ? 1 : 0) : cell is "0" or "1" && Put(cell == "1" ? 1 : 0),
            OnnxType.UINT64 => ulong.TryParse(cell, NumberStyles.None, culture, out var large) && Put(large),
            _ when IsFloat => cell.Length == 0 ? Put(double.NaN) : double.TryParse(cell, NumberStyles.Float, culture, out var number) && Put(number),
            _ => (long.TryParse(cell, NumberStyles.AllowLeadingSign, culture, out var whole)
                || (double.TryParse(cell, NumberStyles.Float, culture, out var same) && Whole(same, out whole))) && Put(whole),
        };
    }

    public void Dispose() => _numbers?.Dispose();

    private bool IsFloat => Type is OnnxType.FP32 or OnnxType.FP64 or OnnxType.FP16 or OnnxType.BF16;

    /// <summary>A string, or TensorFlow Serving's <c>{"b64": "..."}</c>.</summary>
    private static byte[]? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Encoding.UTF8.GetBytes(value.GetString()!),
        JsonValueKind.Null => [],
        JsonValueKind.Object when value.TryGetProperty("b64", out var packed) && packed.ValueKind == JsonValueKind.String
            && packed.TryGetBytesFromBase64(out var bytes) => bytes,
        _ => null,
    };

    /// <summary>The bare word of its writer, and no number that is merely too large.</summary>
    private static bool IsInfinity(JsonElement value) => value.GetRawText().AsSpan().TrimStart('-').SequenceEqual(NaturalBody.Infinity);

    private bool Text(byte[] text)
    {
        _texts!.Add(text);
        Count++;
        return true;
    }

    private bool Put(double value)
    {
        switch (Type)
        {
            case OnnxType.FP32 when float.IsFinite((float)value) || !double.IsFinite(value):
                return Set((float)value);
            case OnnxType.FP64:
                return Set(value);
            case OnnxType.FP16 when Half.IsFinite((Half)value) || !double.IsFinite(value):
                return Set((Half)value);
            case OnnxType.BF16 when float.IsFinite((float)value) || !double.IsFinite(value):
                return Set((ushort)((BitConverter.SingleToUInt32Bits((float)value) + 0x8000) >> 16));
            default:
                return false;
        }
    }

    private bool Put(long value) => Type switch
    {
        OnnxType.BOOL => Set((byte)value),
        OnnxType.INT8 => value is >= sbyte.MinValue and <= sbyte.MaxValue && Set((sbyte)value),
        OnnxType.INT16 => value is >= short.MinValue and <= short.MaxValue && Set((short)value),
        OnnxType.INT32 => value is >= int.MinValue and <= int.MaxValue && Set((int)value),
        OnnxType.INT64 => Set(value),
        OnnxType.UINT8 => value is >= 0 and <= byte.MaxValue && Set((byte)value),
        OnnxType.UINT16 => value is >= 0 and <= ushort.MaxValue && Set((ushort)value),
        OnnxType.UINT32 => value is >= 0 and <= uint.MaxValue && Set((uint)value),
        _ => false,
    };

    private bool Put(ulong value) => Set(value);

    private bool Set<T>(T value)
        where T : unmanaged
    {
        _numbers!.As<T>()[Count++] = value;
        return true;
    }

    /// <summary>12.0 is a whole number too: that is how many clients write them.</summary>
    private static bool Whole(double number, out long whole)
    {
        whole = number is >= -9007199254740992 and <= 9007199254740992 ? (long)number : 0;
        return whole == number;
    }

    private static bool Whole(double number, out ulong whole)
    {
        whole = number is >= 0 and <= 9007199254740992 ? (ulong)number : 0;
        return whole == number;
    }
}
