using System.Globalization;

namespace Slipway.Serving.Domain;

/// <summary>Instants as callers write them: ISO 8601, a date alone or without a zone counting as UTC.</summary>
internal static class EventTime
{
    public const string Example = "2003-02-01T00:00:00Z";

    private static readonly string[] Forms =
        ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK"];

    public static bool TryParse(string text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    public static string Write(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFK", CultureInfo.InvariantCulture);
}
