using System.Globalization;
using Slipway.Cli.Output;
using Slipway.Client.Loops;

namespace Slipway.Cli.Loops;

/// <summary>How a loop's figures read.</summary>
internal static class LoopText
{
    public static string Event(LoopEvent happened) => $"{Time(happened.Time)}  {happened.Kind,-22} {happened.Reason}".TrimEnd();

    /// <summary>A day where the time is midnight.</summary>
    public static string Time(DateTimeOffset time) =>
        time.ToUniversalTime().ToString(time.UtcDateTime.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Figure(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-";

    public static string Table(IReadOnlyList<LoopWindow> windows)
    {
        var table = new TextTable("WINDOW", "ROWS", "STATIC", "LOOP", "ORACLE", "VERSION").AlignRight(1, 2, 3, 4, 5);
        foreach (var w in windows)
        {
            table.Add(w.Window, Count(w.Rows), Figure(w.Static), Figure(w.Loop), Figure(w.Oracle), w.Version > 0 ? Count(w.Version) : "-");
        }

        return table.ToString();
    }

    /// <summary>What happened, in a few sentences.</summary>
    public static string Summary(LoopReport report, string metric)
    {
        var parts = new List<string>
        {
            $"{Plural(report.Trainings, "training")}, {Plural(report.Promotions, "promotion")}, {Plural(report.Rollbacks, "rollback")}; " +
            $"{Count(report.Requests.Sent)} requests, {(report.Requests.Failed == 0 ? "none" : Count(report.Requests.Failed))} failed; " +
            string.Create(CultureInfo.InvariantCulture, $"{report.Seconds:0} s."),
        };
        var full = report.Windows.Where(w => w is { Static: not null, Loop: not null, Oracle: not null }).ToArray();
        if (full.Length > 0)
        {
            parts.Add($"Mean {metric} over {Plural(full.Length, "window")}: {Figure(full.Average(w => w.Loop))} with the loop, " +
                $"{Figure(full.Average(w => w.Static))} with the first model left alone, {Figure(full.Average(w => w.Oracle))} when retrained by hand at every window's start.");
        }

        return string.Join('\n', parts);
    }

    private static string Plural(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
