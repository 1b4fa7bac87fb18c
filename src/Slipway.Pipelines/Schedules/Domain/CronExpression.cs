using Slipway.Kernel.Problems;

namespace Slipway.Pipelines.Schedules.Domain;

/// <summary>
/// A cron expression: six fields with seconds first, as Kubeflow Pipelines has them, or the five of a crontab. Works on wall-clock time; zones are
/// <see cref="ZonedCron"/>'s matter.
/// </summary>
internal sealed class CronExpression
{
    /// <summary>Leap days are at most eight years apart (1896 to 1904), and a weekday may be asked for as well.</summary>
    private const int YearsAhead = 60;

    private static readonly Dictionary<string, string> Nicknames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["@yearly"] = "0 0 0 1 1 *",
        ["@annually"] = "0 0 0 1 1 *",
        ["@monthly"] = "0 0 0 1 * *",
        ["@weekly"] = "0 0 0 * * 0",
        ["@daily"] = "0 0 0 * * *",
        ["@midnight"] = "0 0 0 * * *",
        ["@hourly"] = "0 0 * * * *",
    };

    private readonly ulong _seconds;
    private readonly ulong _minutes;
    private readonly ulong _hours;
    private readonly ulong _months;
    private readonly CronDays _days;

    private CronExpression(ulong seconds, ulong minutes, ulong hours, ulong months, CronDays days) =>
        (_seconds, _minutes, _hours, _months, _days) = (seconds, minutes, hours, months, days);

    /// <summary>Fires in every hour of the day: such a schedule follows elapsed time where clocks are set, the others follow the wall clock.</summary>
    public bool IsHourly => _hours == CronUnit.Hour.All;

    public static Result<CronExpression> Parse(string text)
    {
        var expression = Nicknames.TryGetValue(text.Trim(), out var meant) ? meant : text;
        var fields = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
        {
            return Problem.Invalid($"'{text}' has {fields.Length} fields: a cron expression has six (second minute hour day month weekday), or five without the second");
        }

        if (fields.Length == 5)
        {
            fields = ["0", .. fields];
        }

        var faults = new List<string?>();
        ulong Field(int index, CronUnit unit)
        {
            var bits = CronField.Read(fields[index], unit, out var fault);
            faults.Add(fault);
            return bits ?? 0;
        }

        var (seconds, minutes, hours, months) = (Field(0, CronUnit.Second), Field(1, CronUnit.Minute), Field(2, CronUnit.Hour), Field(4, CronUnit.Month));
        var days = CronDays.Read(fields[3], fields[5], out var dayFault);
        faults.Add(dayFault);
        if (faults.OfType<string>().ToList() is { Count: > 0 } found)
        {
            return Problem.Invalid(string.Join("; ", found));
        }

        var cron = new CronExpression(seconds, minutes, hours, months, days!);
        return cron.Next(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified)) is null
            ? Problem.Invalid($"'{text}' never fires: no month has such a day")
            : cron;
    }

    public bool Matches(DateTime local) =>
        CronField.Has(_seconds, local.Second) && CronField.Has(_minutes, local.Minute) && CronField.Has(_hours, local.Hour)
        && CronField.Has(_months, local.Month) && _days.Matches(DateOnly.FromDateTime(local));

    /// <summary>The first matching wall-clock second after <paramref name="after"/>; null when there is none within sixty years.</summary>
    public DateTime? Next(DateTime after)
    {
        if (after > DateTime.MaxValue.AddYears(-1))
        {
            return null;
        }

        var from = new DateTime(after.Ticks - (after.Ticks % TimeSpan.TicksPerSecond), DateTimeKind.Unspecified).AddSeconds(1);
        var last = DateOnly.FromDateTime(from.Year + YearsAhead < 9999 ? from.AddYears(YearsAhead) : DateTime.MaxValue.AddDays(-2));
        var first = true;
        for (var day = DateOnly.FromDateTime(from); day <= last; first = false)
        {
            if (!CronField.Has(_months, day.Month))
            {
                day = new DateOnly(day.Year, day.Month, 1).AddMonths(1);
                continue;
            }

            if (_days.Matches(day) && NextOnDay(first && day == DateOnly.FromDateTime(from) ? TimeOnly.FromDateTime(from) : TimeOnly.MinValue) is { } time)
            {
                return day.ToDateTime(time);
            }

            day = day.AddDays(1);
        }

        return null;
    }

    private TimeOnly? NextOnDay(TimeOnly from)
    {
        for (var hour = CronField.Next(_hours, from.Hour); hour >= 0; hour = CronField.Next(_hours, hour + 1))
        {
            var firstMinute = hour == from.Hour ? from.Minute : 0;
            for (var minute = CronField.Next(_minutes, firstMinute); minute >= 0; minute = CronField.Next(_minutes, minute + 1))
            {
                var firstSecond = hour == from.Hour && minute == from.Minute ? from.Second : 0;
                if (CronField.Next(_seconds, firstSecond) is >= 0 and var second)
                {
                    return new TimeOnly(hour, minute, second);
                }
            }
        }

        return null;
    }
}
