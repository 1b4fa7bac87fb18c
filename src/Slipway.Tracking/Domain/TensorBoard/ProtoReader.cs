using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Slipway.Tracking.Domain.TensorBoard;

/// <summary>Walks the fields of a protocol buffer message. Unknown fields are passed over; damage ends the walk.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Number of the field that <see cref="Next"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>Its value when it is a number: a varint, or the bits of a fixed one.</summary>
    public ulong Number { get; private set; }

    /// <summary>Its value when it is text, bytes, a message or packed numbers; else empty.</summary>
    [SuppressMessage("Performance", "CA1819", Justification = "A span is no copy.")]
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public readonly double Double => BitConverter.UInt64BitsToDouble(Number);

    public readonly float Float => BitConverter.UInt32BitsToSingle((uint)Number);

    public bool Next()
    {
        if (_rest.IsEmpty || !TryVarint(ref _rest, out var key) || key >> 3 is 0 or > int.MaxValue)
        {
            return false;
        }

        Field = (int)(key >> 3);
        Bytes = default;
        Number = 0;
        switch (key & 7)
        {
            case 0:
                if (!TryVarint(ref _rest, out var number))
                {
                    return false;
                }

                Number = number;
                return true;
            case 1 when _rest.Length >= 8:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
                _rest = _rest[8..];
                return true;
            case 2 when TryVarint(ref _rest, out var length) && length <= (ulong)_rest.Length:
                Bytes = _rest[..(int)length];
                _rest = _rest[(int)length..];
                return true;
            case 5 when _rest.Length >= 4:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
                _rest = _rest[4..];
                return true;
            default:
                return false;
        }
    }

    public static bool TryVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < bytes.Length && i < 10; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
