using System.Globalization;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Kfp;

/// <summary>Timestamps as protobuf's JSON writes them: RFC 3339, UTC, as many digits as needed.</summary>
internal static class KfpTime
{
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    public static string? Text(DateTimeOffset? time) => time is { } t ? Text(t) : null;

    /// <param name="micros">As the database keeps them.</param>
    public static string? Text(long? micros) => micros is { } m ? Text(Micros.ToTime(m)) : null;

    public static bool TryRead(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time)
        && time.Year > 1;
}
