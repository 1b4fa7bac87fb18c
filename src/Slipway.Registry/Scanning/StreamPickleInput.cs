using Slipway.Registry.Domain.Pickles;

namespace Slipway.Registry.Scanning;

/// <summary>A stream read through a buffer, and no further than a budget: a packed file may hold more than any disk.</summary>
internal sealed class StreamPickleInput(Stream stream, ScanBudget budget) : PickleInput
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _at;
    private int _end;

    protected override int ReadByte() => _at < _end || Fill() ? _buffer[_at++] : -1;

    protected override bool TryFill(byte[] bytes)
    {
        for (var done = 0; done < bytes.Length;)
        {
            if (_at == _end && !Fill())
            {
                return false;
            }

            var count = Math.Min(bytes.Length - done, _end - _at);
            _buffer.AsSpan(_at, count).CopyTo(bytes.AsSpan(done));
            (_at, done) = (_at + count, done + count);
        }

        return true;
    }

    protected override bool TrySkip(long count)
    {
        for (var left = count; left > 0;)
        {
            if (_at == _end && !Fill())
            {
                return false;
            }

            var step = (int)Math.Min(left, _end - _at);
            (_at, left) = (_at + step, left - step);
        }

        return true;
    }

    private bool Fill()
    {
        (_at, _end) = (0, stream.Read(_buffer));
        budget.Take(_end);
        return _end > 0;
    }
}

/// <summary>How many bytes one scan may unpack.</summary>
internal sealed class ScanBudget(long bytes)
{
    private long _left = bytes;

    /// <exception cref="PickleFormatException">It is used up.</exception>
    public void Take(int count)
    {
        _left -= count;
        if (_left < 0)
        {
            throw new PickleFormatException("unpacks to more than a scan reads");
        }
    }
}
