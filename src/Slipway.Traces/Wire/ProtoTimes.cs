using System.Globalization;

namespace Slipway.Traces.Wire;

/// <summary>Times and durations as protocol buffers' JSON has them: <c>2025-04-15T08:49:18.699Z</c>, <c>1.500s</c>. Kept as milliseconds.</summary>
internal static class ProtoTimes
{
    public static string Time(long milliseconds)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return time.ToString(milliseconds % 1000 == 0 ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }

    public static string Duration(long milliseconds)
    {
        var (sign, whole) = (milliseconds < 0 ? "-" : "", Math.Abs(milliseconds));
        return whole % 1000 == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{sign}{whole / 1000}s")
            : string.Create(CultureInfo.InvariantCulture, $"{sign}{whole / 1000}.{whole % 1000:000}s");
    }

    public static bool TryReadTime(string text, out long milliseconds)
    {
        // Nanoseconds have nine digits after the point; .NET reads seven, and three are kept.
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var end = point < 0 ? -1 : text.AsSpan(point + 1).IndexOfAnyExceptInRange('0', '9');
        var cut = point >= 0 && end > 7 ? string.Concat(text.AsSpan(0, point + 8), text.AsSpan(point + 1 + end)) : text;
        var read = DateTimeOffset.TryParse(cut, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);
        milliseconds = read ? (long)Math.Floor((time - DateTimeOffset.UnixEpoch).TotalMilliseconds) : 0;
        return read;
    }

    public static bool TryReadDuration(string text, out long milliseconds)
    {
        milliseconds = 0;
        if (!text.EndsWith('s') || !decimal.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(seconds) > 315_576_000_000m)
        {
            return false;
        }

        milliseconds = (long)(seconds * 1000);
        return true;
    }
}
