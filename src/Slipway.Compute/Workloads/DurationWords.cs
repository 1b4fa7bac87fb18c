using System.Globalization;

namespace Slipway.Compute.Workloads;

/// <summary>A duration as people read it: <c>250 ms</c>, <c>1.5 s</c>, <c>2 min 5 s</c>, <c>3 h 20 min</c>.</summary>
internal static class DurationWords
{
    public static string Of(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.##} ms"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s"),
        { TotalHours: < 1 } => $"{time.Minutes} min" + (time.Seconds == 0 ? "" : $" {time.Seconds} s"),
        _ => $"{(long)time.TotalHours} h" + (time.Minutes == 0 ? "" : $" {time.Minutes} min"),
    };
}
