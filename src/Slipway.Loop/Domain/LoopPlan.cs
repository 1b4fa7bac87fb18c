using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Kernel.Time;

namespace Slipway.Loop.Domain;

/// <summary>A stretch of the data: rows [FirstRow, EndRow) whose times lie in [From, Until).</summary>
internal sealed record Stretch(string Label, DateTimeOffset From, DateTimeOffset Until, int FirstRow, int EndRow)
{
    public int Rows => EndRow - FirstRow;
}

/// <summary>How the data is replayed: the first training window, then steps, and the windows of the report. Made from the times alone.</summary>
internal sealed record LoopPlan(Stretch Training, IReadOnlyList<Stretch> Steps, IReadOnlyList<Stretch> Windows)
{
    public static Result<LoopPlan> Make(LoopSpec spec, TimeColumn time)
    {
        var micros = time.Micros;
        for (var i = 0; i < micros.Length; i++)
        {
            if (time.IsMissing(i))
            {
                return Problem.Invalid($"row {i + 1}: the time column '{spec.Time}' is empty");
            }

            if (i > 0 && micros[i] < micros[i - 1])
            {
                return Problem.Invalid($"row {i + 1}: time goes backwards ({time.At(i):O} after {time.At(i - 1):O}); sort the file by '{spec.Time}'");
            }
        }

        if (micros.Length < 20)
        {
            return Problem.Invalid($"the data has {micros.Length} rows; a loop needs at least 20");
        }

        var from = spec.TrainFrom is { } start ? time.FirstAtOrAfter(start) : 0;
        var until = spec.TrainUntil is { } end ? time.FirstAtOrAfter(end) : AfterTies(micros, micros.Length / 5);
        if (until - from < 10 || until >= micros.Length)
        {
            return Problem.Invalid(
                $"spec.train: the first training window holds {Math.Max(0, until - from)} rows and leaves {micros.Length - until} to replay; it needs at least 10 and must leave some "
                + $"(the data runs from {time.At(0):O} to {time.At(micros.Length - 1):O})");
        }

        var training = new Stretch("training", time.At(from), time.At(until), from, until);
        return new LoopPlan(training, Cut(spec.Step, time, until), Cut(spec.Report, time, until));
    }

    /// <summary>
    /// The instant before which all labels are known when the step with this index has been served. Rows-based delays count steps.
    /// </summary>
    public DateTimeOffset WatermarkAfter(int step, LoopSpec spec)
    {
        var now = Steps[step].Until;
        return spec.FeedbackDelay switch
        {
            null => now,
            { Unit: CalendarUnit.Rows } delay => RowsBack(step, delay.Rows),
            { } delay => Back(delay.Unit, now),
        };
    }

    private DateTimeOffset RowsBack(int step, int rows)
    {
        var row = Steps[step].EndRow - rows;
        var covered = Steps.Take(step + 1).LastOrDefault(s => s.EndRow <= row);
        return covered?.Until ?? Steps[0].From;
    }

    private static DateTimeOffset Back(CalendarUnit unit, DateTimeOffset time) => unit switch
    {
        CalendarUnit.Hour => time.AddHours(-1),
        CalendarUnit.Day => time.AddDays(-1),
        CalendarUnit.Week => time.AddDays(-7),
        CalendarUnit.Month => time.AddMonths(-1),
        CalendarUnit.Quarter => time.AddMonths(-3),
        _ => time.AddYears(-1),
    };

    private static List<Stretch> Cut(CalendarStep step, TimeColumn time, int first)
    {
        var micros = time.Micros;
        var cuts = new List<Stretch>();
        var row = first;
        while (row < micros.Length)
        {
            var from = TimeColumn.FromMicros(micros[row]);
            int end;
            DateTimeOffset until;
            string label;
            if (step.Unit == CalendarUnit.Rows)
            {
                // Rows of one instant stay together: a window is a stretch of time, and its end must tell its rows from the next one's.
                end = AfterTies(micros, Math.Min(micros.Length, row + step.Rows));
                until = end < micros.Length ? TimeColumn.FromMicros(micros[end]) : TimeColumn.FromMicros(micros[^1] + 1);
                label = $"rows {row + 1}-{end}";
            }
            else
            {
                var start = step.Floor(from);
                until = step.Next(start);
                end = time.FirstAtOrAfter(until);
                label = step.Label(start);
                from = start;
            }

            cuts.Add(new Stretch(label, from, until, row, end));
            row = end;
        }

        return cuts;
    }

    private static int AfterTies(long[] micros, int row)
    {
        while (row > 0 && row < micros.Length && micros[row] == micros[row - 1])
        {
            row++;
        }

        return row;
    }
}
