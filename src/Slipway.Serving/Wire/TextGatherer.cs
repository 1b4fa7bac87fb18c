using System.Buffers;
using System.Text.Json;

namespace Slipway.Serving.Wire;

/// <summary>Collects byte strings one after another into one array: two allocations for a tensor instead of one per text.</summary>
internal ref struct TextGatherer
{
    private byte[] _bytes;
    private int[] _ends;
    private int _length;

    /// <param name="expected">Texts to make room for at first.</param>
    public TextGatherer(int expected) => (_bytes, _ends) = (ArrayPool<byte>.Shared.Rent(256), ArrayPool<int>.Shared.Rent(Math.Max(expected, 1)));

    public int Count { get; private set; }

    /// <summary>The string that the reader stands on, unescaped.</summary>
    /// <exception cref="InvalidOperationException">When it is not valid Unicode.</exception>
    public void AddString(ref Utf8JsonReader reader)
    {
        // Unescaped text is never longer than escaped.
        Reserve(reader.ValueSpan.Length);
        _length += reader.CopyString(_bytes.AsSpan(_length));
        End();
    }

    public void Add(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_bytes.AsSpan(_length));
        _length += text.Length;
        End();
    }

    public ReadOnlyMemory<byte>[] Take()
    {
        var all = _bytes.AsSpan(0, _length).ToArray();
        var texts = new ReadOnlyMemory<byte>[Count];
        var start = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = all.AsMemory(start, _ends[i] - start);
            start = _ends[i];
        }

        return texts;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        ArrayPool<int>.Shared.Return(_ends);
    }

    private void Reserve(int more)
    {
        if (_bytes.Length - _length < more)
        {
            Grow(ref _bytes, _length, checked(_length + more));
        }
    }

    private void End()
    {
        if (Count == _ends.Length)
        {
            Grow(ref _ends, Count, Count + 1);
        }

        _ends[Count++] = _length;
    }

    private static void Grow<T>(ref T[] array, int used, int least)
    {
        var larger = ArrayPool<T>.Shared.Rent(Math.Max(least, array.Length * 2));
        array.AsSpan(0, used).CopyTo(larger);
        ArrayPool<T>.Shared.Return(array);
        array = larger;
    }
}
