using System.Globalization;
using System.Numerics;

namespace Slipway.Pipelines.Schedules.Domain;

/// <summary>One field of a cron expression: its values as bits.</summary>
internal static class CronField
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>Lists of <c>*</c>, <c>n</c>, <c>a-b</c>, each with <c>/step</c>. A fault names the field and what it may hold.</summary>
    public static ulong? Read(string text, CronUnit unit, out string? fault)
    {
        ulong bits = 0;
        fault = null;
        foreach (var part in text.Split(','))
        {
            if (ReadPart(part, unit) is not { } found)
            {
                fault = $"the {unit.Name} '{text}' cannot be read: use *, numbers from {unit.Min} to {unit.Max}{unit.Hint}, ranges a-b, steps */n and lists";
                return null;
            }

            bits |= found;
        }

        return bits;
    }

    public static int? Value(string text, CronUnit unit)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            // 7 is Sunday as well.
            return unit == CronUnit.Weekday && number == 7 ? 7 : number >= unit.Min && number <= unit.Max ? number : null;
        }

        var names = unit == CronUnit.Month ? Months : unit == CronUnit.Weekday ? Weekdays : [];
        var index = Array.FindIndex(names, n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        return index < 0 ? null : index + unit.Min;
    }

    private static ulong? ReadPart(string part, CronUnit unit)
    {
        var slash = part.Split('/');
        var step = 1;
        if (slash.Length > 2 || (slash.Length == 2 && (!int.TryParse(slash[1], NumberStyles.None, CultureInfo.InvariantCulture, out step) || step < 1 || step > 1000)))
        {
            return null;
        }

        int from, to;
        if (slash[0] is "*" or "?")
        {
            (from, to) = (unit.Min, unit.Max);
        }
        else if (slash[0].Split('-') is [var low, var high])
        {
            if (Value(low, unit) is not { } a || Value(high, unit) is not { } b)
            {
                return null;
            }

            // FRI-MON goes over the end of the week, NOV-FEB over that of the year.
            (from, to) = (a, b >= a ? b : b + unit.Max - unit.Min + 1);
        }
        else if (Value(slash[0], unit) is { } single)
        {
            (from, to) = (single, slash.Length == 2 ? unit.Max : single);
        }
        else
        {
            return null;
        }

        ulong bits = 0;
        for (var value = from; value <= to; value += step)
        {
            bits |= 1UL << (unit == CronUnit.Weekday ? value % 7 : ((value - unit.Min) % (unit.Max - unit.Min + 1)) + unit.Min);
        }

        return bits;
    }

    /// <summary>The lowest set bit at or above <paramref name="from"/>; -1 when there is none.</summary>
    public static int Next(ulong bits, int from)
    {
        var rest = from > 63 ? 0 : bits >> from;
        return rest == 0 ? -1 : from + BitOperations.TrailingZeroCount(rest);
    }

    public static bool Has(ulong bits, int value) => (bits >> value & 1) == 1;
}

internal sealed record CronUnit(string Name, int Min, int Max, string Hint = "")
{
    public static CronUnit Second { get; } = new("second", 0, 59);

    public static CronUnit Minute { get; } = new("minute", 0, 59);

    public static CronUnit Hour { get; } = new("hour", 0, 23);

    public static CronUnit Day { get; } = new("day of month", 1, 31, " (or L, L-n, nW, LW)");

    public static CronUnit Month { get; } = new("month", 1, 12, " or JAN to DEC");

    public static CronUnit Weekday { get; } = new("day of week", 0, 6, " (0 and 7 are Sunday) or SUN to SAT (or nL, n#k)");

    public ulong All
    {
        get
        {
            ulong bits = 0;
            for (var value = Min; value <= Max; value++)
            {
                bits |= 1UL << value;
            }

            return bits;
        }
    }
}
