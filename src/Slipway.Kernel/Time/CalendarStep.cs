using System.Globalization;

namespace Slipway.Kernel.Time;

public enum CalendarUnit
{
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    /// <summary>Not a calendar unit: a fixed number of rows.</summary>
    Rows,
}

/// <summary>How time-ordered data is cut into windows: by a calendar unit in UTC, or by a number of rows ("500 rows").</summary>
public readonly record struct CalendarStep(CalendarUnit Unit, int Rows = 0)
{
    public static bool TryParse(string? text, out CalendarStep step)
    {
        step = default;
        var value = text?.Trim().ToLowerInvariant() ?? "";
        if (value.EndsWith(" rows", StringComparison.Ordinal))
        {
            if (!int.TryParse(value.AsSpan(0, value.Length - 5).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var rows) || rows < 1)
            {
                return false;
            }

            step = new CalendarStep(CalendarUnit.Rows, rows);
            return true;
        }

        CalendarUnit? unit = value switch
        {
            "hour" => CalendarUnit.Hour,
            "day" => CalendarUnit.Day,
            "week" => CalendarUnit.Week,
            "month" => CalendarUnit.Month,
            "quarter" => CalendarUnit.Quarter,
            "year" => CalendarUnit.Year,
            _ => null,
        };
        if (unit is null)
        {
            return false;
        }

        step = new CalendarStep(unit.Value);
        return true;
    }

    /// <summary>The start of the window that holds <paramref name="time"/>; weeks start on Monday. Only for calendar units.</summary>
    public DateTimeOffset Floor(DateTimeOffset time)
    {
        var t = time.UtcDateTime;
        return Unit switch
        {
            CalendarUnit.Hour => Utc(t.Date.AddHours(t.Hour)),
            CalendarUnit.Day => Utc(t.Date),
            CalendarUnit.Week => Utc(t.Date.AddDays(-(((int)t.DayOfWeek + 6) % 7))),
            CalendarUnit.Month => Utc(new DateTime(t.Year, t.Month, 1)),
            CalendarUnit.Quarter => Utc(new DateTime(t.Year, ((t.Month - 1) / 3 * 3) + 1, 1)),
            CalendarUnit.Year => Utc(new DateTime(t.Year, 1, 1)),
            _ => throw new InvalidOperationException("A step in rows has no calendar window"),
        };
    }

    /// <summary>The start of the window after the one that starts at <paramref name="start"/>.</summary>
    public DateTimeOffset Next(DateTimeOffset start) => Unit switch
    {
        CalendarUnit.Hour => start.AddHours(1),
        CalendarUnit.Day => start.AddDays(1),
        CalendarUnit.Week => start.AddDays(7),
        CalendarUnit.Month => start.AddMonths(1),
        CalendarUnit.Quarter => start.AddMonths(3),
        CalendarUnit.Year => start.AddYears(1),
        _ => throw new InvalidOperationException("A step in rows has no calendar window"),
    };

    /// <summary>A short name for the window that starts at <paramref name="start"/>: 2004, 2004-Q2, 2004-05, 2004-05-03, 2004-05-03T07.</summary>
    public string Label(DateTimeOffset start) => Unit switch
    {
        CalendarUnit.Year => start.ToString("yyyy", CultureInfo.InvariantCulture),
        CalendarUnit.Quarter => string.Create(CultureInfo.InvariantCulture, $"{start:yyyy}-Q{((start.Month - 1) / 3) + 1}"),
        CalendarUnit.Month => start.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        CalendarUnit.Hour => start.ToString("yyyy-MM-ddTHH", CultureInfo.InvariantCulture),
        _ => start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    };

    public override string ToString() => Unit == CalendarUnit.Rows ? $"{Rows} rows" : Unit.ToString().ToLowerInvariant();

    private static DateTimeOffset Utc(DateTime value) => new(DateTime.SpecifyKind(value, DateTimeKind.Utc));
}
