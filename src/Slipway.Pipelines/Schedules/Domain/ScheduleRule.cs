using System.Globalization;
using Slipway.Kernel.Problems;

namespace Slipway.Pipelines.Schedules.Domain;

/// <summary>
/// When a recurring run fires: a cron expression, or an interval counted from its start. <c>CRON_TZ=Europe/Vienna 0 30 9 * * MON-FRI</c> names a zone, as
/// robfig's cron, which upstream uses, has it; <c>@every 90s</c> is an interval.
/// </summary>
internal sealed class ScheduleRule
{
    private readonly ZonedCron? _cron;
    private readonly TimeSpan _interval;
    private readonly DateTimeOffset? _start;
    private readonly DateTimeOffset? _end;

    private ScheduleRule(ZonedCron? cron, TimeSpan interval, DateTimeOffset? start, DateTimeOffset? end) =>
        (_cron, _interval, _start, _end) = (cron, interval, start, end);

    /// <param name="defaultZone">For expressions that name none.</param>
    public static Result<ScheduleRule> FromCron(string text, DateTimeOffset? start, DateTimeOffset? end, TimeZoneInfo defaultZone)
    {
        var (expression, zone) = (text.Trim(), defaultZone);
        if (expression.StartsWith("CRON_TZ=", StringComparison.Ordinal) || expression.StartsWith("TZ=", StringComparison.Ordinal))
        {
            var words = expression[(expression.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(' ', 2);
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(words[0], out var named))
            {
                return Problem.Invalid($"there is no time zone '{words[0]}': use a name such as Europe/Vienna or UTC");
            }

            (expression, zone) = (words.Length > 1 ? words[1] : "", named);
        }

        if (expression.StartsWith("@every ", StringComparison.OrdinalIgnoreCase))
        {
            return ReadGoDuration(expression[7..].Trim()) is { } every
                ? FromInterval((long)every.TotalSeconds, start, end)
                : Problem.Invalid($"'{expression}' must name a duration such as @every 1h30m");
        }

        return CronExpression.Parse(expression).Select(cron => new ScheduleRule(new ZonedCron(cron, zone), default, start, end));
    }

    public static Result<ScheduleRule> FromInterval(long seconds, DateTimeOffset? start, DateTimeOffset? end) =>
        seconds is >= 1 and <= 366L * 24 * 3600 * 100
            ? new ScheduleRule(null, TimeSpan.FromSeconds(seconds), start, end)
            : Problem.Invalid($"an interval must have 1 second or more, not {seconds}");

    /// <summary>
    /// The first firing after <paramref name="after"/>, within start and end; null when there is none left. An interval's first firing is at its start, or
    /// without one an interval after <paramref name="created"/>.
    /// </summary>
    public DateTimeOffset? Next(DateTimeOffset after, DateTimeOffset created)
    {
        DateTimeOffset? next;
        if (_cron is not null)
        {
            // The start itself may be a firing.
            var from = _start is { } s && s.AddTicks(-1) > after ? s.AddTicks(-1) : after;
            next = _cron.Next(from);
        }
        else
        {
            var first = _start ?? created + _interval;
            next = after < first ? first : first + (_interval * (((after - first).Ticks / _interval.Ticks) + 1));
        }

        return next is null || next > _end ? null : next;
    }

    /// <summary>
    /// What is due by <paramref name="now"/>. With catch-up every firing counts, oldest first, at most <paramref name="most"/>; without, only the newest.
    /// </summary>
    public IReadOnlyList<DateTimeOffset> Due(DateTimeOffset after, DateTimeOffset now, DateTimeOffset created, bool catchUp, int most)
    {
        var due = new List<DateTimeOffset>();
        for (var next = Next(catchUp ? after : NotLongBefore(now, after, created), created); next is { } firing && firing <= now; next = Next(firing, created))
        {
            if (!catchUp)
            {
                due.Clear();
            }

            due.Add(firing);
            if (due.Count == most && catchUp)
            {
                break;
            }
        }

        return due;
    }

    /// <summary>An instant from which the newest firing is found without walking through all that were missed.</summary>
    private DateTimeOffset NotLongBefore(DateTimeOffset now, DateTimeOffset after, DateTimeOffset created)
    {
        foreach (var back in (TimeSpan[])[TimeSpan.FromMinutes(1), TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(35), TimeSpan.FromDays(400)])
        {
            var from = (_end is { } end && end < now ? end : now) - back;
            if (from <= after)
            {
                return after;
            }

            if (Next(from, created) is { } found && found <= now)
            {
                return from;
            }
        }

        return after;
    }

    private static TimeSpan? ReadGoDuration(string text)
    {
        var total = TimeSpan.Zero;
        var rest = text.AsSpan();
        if (rest.Length is 0 or > 40)
        {
            return null;
        }

        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.".AsSpan());
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 1e9)
            {
                return null;
            }

            rest = rest[digits..];
            var (unit, length) = rest.StartsWith("ms") ? (TimeSpan.FromMilliseconds(1), 2)
                : rest[0] == 's' ? (TimeSpan.FromSeconds(1), 1)
                : rest[0] == 'm' ? (TimeSpan.FromMinutes(1), 1)
                : rest[0] == 'h' ? (TimeSpan.FromHours(1), 1)
                : (TimeSpan.Zero, 0);
            if (length == 0)
            {
                return null;
            }

            total += unit * number;
            rest = rest[length..];
        }

        return total;
    }
}
