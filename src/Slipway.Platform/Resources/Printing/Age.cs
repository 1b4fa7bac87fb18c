using System.Globalization;

namespace Slipway.Platform.Resources.Printing;

/// <summary>Spans of time as kubectl prints them: two units while the smaller one still matters.</summary>
public static class Age
{
    public static string Of(TimeSpan span)
    {
        var seconds = (long)Math.Floor(span.TotalSeconds);
        return seconds switch
        {
            < -1 => "<invalid>",
            < 0 => "0s",
            < 120 => Text($"{seconds}s"),
            < 600 => Two(seconds / 60, "m", seconds % 60, "s"),
            < 3 * 3600 => Text($"{seconds / 60}m"),
            < 8 * 3600 => Two(seconds / 3600, "h", seconds / 60 % 60, "m"),
            < 48 * 3600 => Text($"{seconds / 3600}h"),
            < 8 * 86400 => Two(seconds / 86400, "d", seconds / 3600 % 24, "h"),
            < 2 * 365 * 86400L => Text($"{seconds / 86400}d"),
            < 8 * 365 * 86400L => Two(seconds / 86400 / 365, "y", seconds / 86400 % 365, "d"),
            _ => Text($"{seconds / 86400 / 365}y"),
        };
    }

    private static string Two(long large, string largeUnit, long small, string smallUnit) =>
        small == 0 ? Text($"{large}{largeUnit}") : Text($"{large}{largeUnit}{small}{smallUnit}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
