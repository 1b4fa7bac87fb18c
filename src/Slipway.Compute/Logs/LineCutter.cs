using System.Buffers;

namespace Slipway.Compute.Logs;

/// <summary>
/// Cuts one stream's bytes into entries. Holds only what has no line end yet, in a pooled buffer that goes back as soon as it is empty.
/// A carriage return ends a line too, so that a progress bar is seen while it moves.
/// </summary>
internal sealed class LineCutter
{
    public delegate void Entry(ReadOnlySpan<byte> text, bool continues);

    private byte[]? _held;
    private int _length;
    private bool _afterReturn;

    public void Write(ReadOnlySpan<byte> bytes, Entry entry)
    {
        if (_afterReturn && bytes.Length > 0)
        {
            _afterReturn = false;
            if (bytes[0] == (byte)'\n')
            {
                bytes = bytes[1..];
            }
        }

        while (bytes.Length > 0)
        {
            var end = bytes.IndexOfAny((byte)'\n', (byte)'\r');
            var room = LogFormat.MaxText - _length;
            if (end < 0 ? bytes.Length < room : end <= room)
            {
                if (end < 0)
                {
                    Hold(bytes);
                    return;
                }

                Emit(bytes[..end], false, entry);
                var isReturn = bytes[end] == (byte)'\r';
                bytes = bytes[(end + 1)..];
                if (isReturn && bytes.Length > 0 && bytes[0] == (byte)'\n')
                {
                    bytes = bytes[1..];
                }
                else
                {
                    _afterReturn = isReturn && bytes.Length == 0;
                }
            }
            else
            {
                var cut = CharacterStart(bytes, room);
                Emit(bytes[..cut], true, entry);
                bytes = bytes[cut..];
            }
        }
    }

    public void Flush(Entry entry)
    {
        _afterReturn = false;
        if (_length > 0)
        {
            Emit([], false, entry);
        }
    }

    private void Emit(ReadOnlySpan<byte> rest, bool continues, Entry entry)
    {
        if (_length == 0)
        {
            entry(rest, continues);
            return;
        }

        Hold(rest);
        var held = _held!;
        var length = _length;
        (_held, _length) = (null, 0);
        entry(held.AsSpan(0, length), continues);
        ArrayPool<byte>.Shared.Return(held);
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        if (_held is null || _held.Length < _length + bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(256, _length + bytes.Length));
            if (_held is not null)
            {
                _held.AsSpan(0, _length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_held);
            }

            _held = larger;
        }

        bytes.CopyTo(_held.AsSpan(_length));
        _length += bytes.Length;
    }

    // A cut must not halve a UTF-8 character, unless the bytes are not UTF-8 anyway.
    private static int CharacterStart(ReadOnlySpan<byte> bytes, int at)
    {
        for (var back = 0; back < 4 && at - back > 0; back++)
        {
            if ((bytes[at - back] & 0xC0) != 0x80)
            {
                return at - back;
            }
        }

        return at;
    }
}
