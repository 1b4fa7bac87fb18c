using System.Globalization;

namespace Slipway.Pipelines.Schedules.Domain;

/// <summary>
/// Which days match: the two day fields together. As cron has always had it, a day matches either field when both are restricted, and the restricted one when
/// only one is.
/// </summary>
internal sealed class CronDays
{
    private readonly List<Func<DateOnly, bool>> _special = [];
    private readonly List<Func<DateOnly, bool>> _specialWeekday = [];
    private ulong _days;
    private ulong _weekdays;
    private bool _anyDay;
    private bool _anyWeekday;

    public static CronDays? Read(string day, string weekday, out string? fault)
    {
        var days = new CronDays { _anyDay = IsAny(day), _anyWeekday = IsAny(weekday) };
        foreach (var part in day.Split(','))
        {
            if (!days.AddSpecialDay(part))
            {
                if (CronField.Read(part, CronUnit.Day, out fault) is not { } bits)
                {
                    return null;
                }

                days._days |= bits;
            }
        }

        foreach (var part in weekday.Split(','))
        {
            if (!days.AddSpecialWeekday(part))
            {
                if (CronField.Read(part, CronUnit.Weekday, out fault) is not { } bits)
                {
                    return null;
                }

                days._weekdays |= bits;
            }
        }

        fault = null;
        return days;
    }

    public bool Matches(DateOnly date)
    {
        var day = _anyDay || CronField.Has(_days, date.Day) || _special.Any(s => s(date));
        var weekday = _anyWeekday || CronField.Has(_weekdays, (int)date.DayOfWeek) || _specialWeekday.Any(s => s(date));
        return !_anyDay && !_anyWeekday ? day || weekday : day && weekday;
    }

    // "*/2" is a restriction although it starts with a star; robfig's parser, which upstream uses, takes it for one that stands for any day. With the other
    // field a star both readings say the same, and with both restricted ours is what the manual says.
    private static bool IsAny(string field) => field is "*" or "?";

    private bool AddSpecialDay(string part)
    {
        var text = part.ToUpperInvariant();
        if (text == "L")
        {
            _special.Add(d => d.Day == LastOf(d));
            return true;
        }

        if (text is "LW" or "WL")
        {
            _special.Add(d => d.Day == NearestWorkday(d, LastOf(d)));
            return true;
        }

        if (text.StartsWith("L-", StringComparison.Ordinal) && Number(text[2..], 0, 30) is { } before)
        {
            _special.Add(d => d.Day == LastOf(d) - before);
            return true;
        }

        if (text.EndsWith('W') && Number(text[..^1], 1, 31) is { } near)
        {
            _special.Add(d => near <= LastOf(d) && d.Day == NearestWorkday(d, near));
            return true;
        }

        return false;
    }

    private bool AddSpecialWeekday(string part)
    {
        if (part.Split('#') is [var name, var nth] && CronField.Value(name, CronUnit.Weekday) is { } weekday && Number(nth, 1, 5) is { } k)
        {
            _specialWeekday.Add(d => (int)d.DayOfWeek == weekday % 7 && (d.Day - 1) / 7 == k - 1);
            return true;
        }

        if (part.Length > 1 && part[^1] is 'L' or 'l' && CronField.Value(part[..^1], CronUnit.Weekday) is { } last)
        {
            _specialWeekday.Add(d => (int)d.DayOfWeek == last % 7 && d.Day + 7 > LastOf(d));
            return true;
        }

        return false;
    }

    private static int LastOf(DateOnly date) => DateTime.DaysInMonth(date.Year, date.Month);

    /// <summary>The Monday to Friday next to a day, in the same month.</summary>
    private static int NearestWorkday(DateOnly month, int day)
    {
        var date = new DateOnly(month.Year, month.Month, day);
        return date.DayOfWeek switch
        {
            DayOfWeek.Saturday => day > 1 ? day - 1 : day + 2,
            DayOfWeek.Sunday => day < LastOf(month) ? day + 1 : day - 2,
            _ => day,
        };
    }

    private static int? Number(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number : null;
}
