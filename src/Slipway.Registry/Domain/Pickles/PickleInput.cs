using System.Buffers.Binary;
using System.Text;

namespace Slipway.Registry.Domain.Pickles;

/// <summary>Bytes read forward once: models are larger than memory.</summary>
internal abstract class PickleInput
{
    // Longer than any name; what is beyond is data, read and dropped.
    private const int LongestKeptLine = 4 * 1024;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    /// <summary>-1 at the end.</summary>
    public int Next()
    {
        var next = ReadByte();
        Position += next < 0 ? 0 : 1;
        return next;
    }

    /// <exception cref="PickleFormatException">The bytes end before.</exception>
    public byte[] Take(int count)
    {
        var bytes = new byte[count];
        if (!TryFill(bytes))
        {
            throw new PickleFormatException("ends in the middle of a value");
        }

        Position += count;
        return bytes;
    }

    public void Skip(long count)
    {
        if (count < 0 || !TrySkip(count))
        {
            throw new PickleFormatException("ends in the middle of a value");
        }

        Position += count;
    }

    public long Unsigned(int bytes)
    {
        var raw = Take(bytes);
        ulong value = 0;
        for (var i = bytes - 1; i >= 0; i--)
        {
            value = (value << 8) | raw[i];
        }

        return value <= long.MaxValue ? (long)value : throw new PickleFormatException("has a length beyond all files");
    }

    public int Signed() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    /// <summary>Up to the line feed, which is dropped; Latin-1, so that every byte is a character. Of a very long line the beginning.</summary>
    public string Line()
    {
        var line = new StringBuilder();
        for (var next = Next(); next != '\n'; next = Next())
        {
            if (next < 0)
            {
                throw new PickleFormatException("ends in the middle of a line");
            }

            if (line.Length < LongestKeptLine)
            {
                line.Append((char)next);
            }
        }

        return line.ToString();
    }

    /// <summary>-1 at the end.</summary>
    protected abstract int ReadByte();

    /// <summary>False when there are fewer bytes left.</summary>
    protected abstract bool TryFill(byte[] bytes);

    protected abstract bool TrySkip(long count);
}

/// <summary>The bytes are no pickle, or none that can be followed.</summary>
internal sealed class PickleFormatException(string message) : Exception(message);
