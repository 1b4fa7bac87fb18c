namespace Slipway.Pipelines.Schedules.Domain;

/// <summary>
/// A cron expression in a time zone. Where clocks are set, a schedule that fires every hour follows elapsed time: what the clock skips does not happen, what it
/// shows twice happens twice. Any other schedule fires once for each wall-clock time it names: a time that is skipped, or that comes twice, is
/// read on the clock as it went before the change, so 02:30 fires at 03:30 of the new time in spring and at the first 02:30 in autumn.
/// </summary>
internal sealed class ZonedCron(CronExpression cron, TimeZoneInfo zone)
{
    // The largest jump on record: Samoa left out a day in 2011.
    private static readonly TimeSpan LargestJump = TimeSpan.FromHours(25);

    /// <summary>The first firing after <paramref name="after"/>; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        // Stretches of one offset each, from here to the next change and on.
        var from = after.UtcDateTime.AddTicks(1);
        while (from < DateTime.MaxValue.AddYears(-70))
        {
            var offset = zone.GetUtcOffset(from);
            var change = LastChange(from);
            var regular = Regular(from, offset, change);
            var end = ChangeBetween(from, regular ?? from.AddYears(1));
            var caughtUp = CaughtUp(from, offset, change);
            var found = new[] { regular, caughtUp }.Where(f => f is not null && (end is null || f < end)).Min();
            if (found is not null || end is null)
            {
                return found is { } instant ? new DateTimeOffset(instant, TimeSpan.Zero) : null;
            }

            from = end.Value;
        }

        return null;
    }

    /// <summary>The first firing from here on as if the offset never changed again.</summary>
    private DateTime? Regular(DateTime from, TimeSpan offset, DateTime? change)
    {
        var local = from + offset;
        if (!cron.IsHourly && change is { } at && zone.GetUtcOffset(at.AddTicks(-1)) is var before && before > offset && local < at + before)
        {
            // What the clock shows for the second time has fired the first time.
            local = at + before;
        }

        return cron.Next(local.AddTicks(-1)) is { } next ? Utc(next - offset) : null;
    }

    /// <summary>The first firing from here on whose wall-clock time the last change left out.</summary>
    private DateTime? CaughtUp(DateTime from, TimeSpan offset, DateTime? change)
    {
        if (cron.IsHourly || change is not { } at)
        {
            return null;
        }

        var before = zone.GetUtcOffset(at.AddTicks(-1));
        return before < offset && cron.Next((from + before).AddTicks(-1)) is { } next && next < at + offset ? Utc(next - before) : null;
    }

    /// <summary>The last change of the offset at or before an instant, as far back as one still matters.</summary>
    private DateTime? LastChange(DateTime instant)
    {
        var low = instant - LargestJump;
        return zone.GetUtcOffset(low) == zone.GetUtcOffset(instant) ? null : Bisect(low, instant);
    }

    /// <summary>The first change after <paramref name="from"/> and not after <paramref name="to"/>.</summary>
    private DateTime? ChangeBetween(DateTime from, DateTime to)
    {
        var offset = zone.GetUtcOffset(from);
        for (var low = from; low < to;)
        {
            // No zone changes back and forth within a day.
            var high = to - low > TimeSpan.FromDays(1) ? low.AddDays(1) : to;
            if (zone.GetUtcOffset(high) != offset)
            {
                return Bisect(low, high);
            }

            low = high;
        }

        return null;
    }

    /// <summary>The first instant with another offset than <paramref name="low"/> has.</summary>
    private DateTime Bisect(DateTime low, DateTime high)
    {
        var offset = zone.GetUtcOffset(low);
        while (high - low > TimeSpan.FromTicks(1))
        {
            var middle = low.AddTicks((high - low).Ticks / 2);
            (low, high) = zone.GetUtcOffset(middle) == offset ? (middle, high) : (low, middle);
        }

        return high;
    }

    private static DateTime Utc(DateTime instant) => DateTime.SpecifyKind(instant, DateTimeKind.Utc);
}
