using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Kernel.Time;

/// <summary>Durations as Go and Kubernetes write them: <c>2h</c>, <c>1h30m</c>, <c>250ms</c>, <c>0s</c>; plus <c>d</c> for 24 hours.</summary>
public static partial class DurationText
{
    [GeneratedRegex(@"\G(\d+(?:\.\d+)?)(ms|us|µs|ns|d|h|m|s)", RegexOptions.CultureInvariant)]
    private static partial Regex Part();

    public static bool TryParse(string? text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        if (text == "0")
        {
            return true;
        }

        var position = 0;
        var seconds = 0.0;
        foreach (Match match in Part().Matches(text))
        {
            seconds += double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * match.Groups[2].Value switch
            {
                "d" => 86400,
                "h" => 3600,
                "m" => 60,
                "s" => 1,
                "ms" => 1e-3,
                "ns" => 1e-9,
                _ => 1e-6,
            };
            position = match.Index + match.Length;
        }

        if (position != text.Length || seconds > TimeSpan.MaxValue.TotalSeconds)
        {
            return false;
        }

        value = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
