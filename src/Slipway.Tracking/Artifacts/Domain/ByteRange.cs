using System.Globalization;

namespace Slipway.Tracking.Artifacts.Domain;

internal enum RangeAsk
{
    /// <summary>The whole content: no range was asked for, or none that is understood, which HTTP ignores.</summary>
    All,
    Part,

    /// <summary>A range beyond the end: 416.</summary>
    Beyond,
}

/// <summary>The part of a content that a <c>Range</c> header asks for. Several ranges at once are answered with the whole, as HTTP allows.</summary>
internal readonly record struct ByteRange(RangeAsk Ask, long Offset, long Length)
{
    public static ByteRange Read(string header, long size)
    {
        const string Unit = "bytes=";
        var all = new ByteRange(RangeAsk.All, 0, size);
        if (!header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase) || header.Contains(',', StringComparison.Ordinal))
        {
            return all;
        }

        var text = header.AsSpan(Unit.Length).Trim();
        var dash = text.IndexOf('-');
        if (dash < 0)
        {
            return all;
        }

        var first = text[..dash].Trim();
        var last = text[(dash + 1)..].Trim();
        var (from, to) = (0L, long.MaxValue);
        if ((first.Length == 0 && last.Length == 0) || (first.Length > 0 && !TryRead(first, out from)) || (last.Length > 0 && !TryRead(last, out to)))
        {
            return all;
        }

        if (first.Length == 0)
        {
            // The last so many bytes.
            return to == 0 || size == 0 ? Beyond(size) : new ByteRange(RangeAsk.Part, Math.Max(0, size - to), Math.Min(size, to));
        }

        return to < from ? all : from >= size ? Beyond(size) : new ByteRange(RangeAsk.Part, from, Math.Min(to, size - 1) - from + 1);
    }

    private static ByteRange Beyond(long size) => new(RangeAsk.Beyond, 0, size);

    private static bool TryRead(ReadOnlySpan<char> text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
