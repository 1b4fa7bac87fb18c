using System.Buffers.Binary;

namespace Slipway.Traces.Otlp;

/// <summary>What the bytes were not: a message of protocol buffers.</summary>
internal class ProtoFault(string message) : Exception(message);

/// <summary>A message that was read well, with a span in it that cannot be one.</summary>
internal sealed class SpanFault(string message) : ProtoFault(message);

/// <summary>Reads one message of protocol buffers field by field. A field that nobody asks for is skipped.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private int _wire;

    /// <summary>The number of the field that the last <see cref="Next"/> came to.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    public bool Next()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = Varint();
        (Field, _wire) = (tag >> 3 <= int.MaxValue ? (int)(tag >> 3) : 0, (int)(tag & 7));
        return Field > 0 ? true : throw new ProtoFault("a field has the number 0");
    }

    public ulong Integer() => _wire switch
    {
        0 => Varint(),
        1 => BinaryPrimitives.ReadUInt64LittleEndian(Take(8)),
        5 => BinaryPrimitives.ReadUInt32LittleEndian(Take(4)),
        _ => throw Wrong(),
    };

    public double Double() => _wire == 1 ? BinaryPrimitives.ReadDoubleLittleEndian(Take(8)) : throw Wrong();

    /// <summary>The content of a text, bytes, or a message.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        if (_wire != 2)
        {
            throw Wrong();
        }

        var length = Varint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw new ProtoFault("a length is beyond the end");
    }

    public string Text()
    {
        try
        {
            return StrictUtf8.GetString(Bytes());
        }
        catch (System.Text.DecoderFallbackException)
        {
            throw new ProtoFault("a text is not UTF-8");
        }
    }

    public void Skip()
    {
        switch (_wire)
        {
            case 0:
                Varint();
                break;
            case 1:
                Take(8);
                break;
            case 2:
                Bytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw Wrong();
        }
    }

    private static readonly System.Text.UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly ProtoFault Wrong() => new($"field {Field} has the wire type {_wire}");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
        {
            throw new ProtoFault("it ends in the middle of a field");
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = Take(1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new ProtoFault("a number has more than 10 bytes");
    }
}
