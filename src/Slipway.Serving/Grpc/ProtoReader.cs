using System.Buffers.Binary;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Grpc;

/// <summary>
/// Walks over the fields of a protobuf message where it lies, without objects: an inference request is mostly tensors, and those are copied once,
/// from here into the model's memory. A message that is none is Invalid.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    public const int VarintWire = 0;
    public const int Fixed64Wire = 1;
    public const int BytesWire = 2;
    public const int Fixed32Wire = 5;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Wire type of the field last read.</summary>
    public int Wire { get; private set; }

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>The next field's number; false at the end.</summary>
    public bool Next(out int field)
    {
        if (_rest.IsEmpty)
        {
            field = 0;
            return false;
        }

        var tag = Varint();
        (field, Wire) = ((int)(tag >> 3), (int)(tag & 7));
        return field > 0 ? true : throw Broken("field 0");
    }

    public ulong Varint()
    {
        ulong value = 0;
        for (var i = 0; i < _rest.Length && i < 10; i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw Broken("a number without an end");
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(BytesWire);
        return Take(Varint());
    }

    public uint Fixed32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public ulong Fixed64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    public void Skip()
    {
        switch (Wire)
        {
            case VarintWire:
                Varint();
                break;
            case Fixed64Wire:
                Take(sizeof(ulong));
                break;
            case BytesWire:
                Take(Varint());
                break;
            case Fixed32Wire:
                Take(sizeof(uint));
                break;
            default:
                throw Broken($"wire type {Wire}");
        }
    }

    public readonly void Expect(int wire)
    {
        if (Wire != wire)
        {
            throw Broken($"wire type {Wire} where {wire} must be");
        }
    }

    private static ProblemException Broken(string what) => new(Problem.Invalid($"The message is not the protobuf message of this method: {what}"));

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw Broken("a field runs past its end");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}
