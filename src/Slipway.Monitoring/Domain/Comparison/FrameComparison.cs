using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Domain.Samples;

namespace Slipway.Monitoring.Domain.Comparison;

/// <param name="Columns">In the reference's order.</param>
/// <param name="TimeColumns">Present on both sides but not compared and not counted: times always move.</param>
internal sealed record FrameComparison(
    IReadOnlyList<ColumnComparison> Columns, IReadOnlyList<TimeColumnPair> TimeColumns, double DriftedShare, bool Drifted)
{
    /// <summary>Compares every column. Columns that one side lacks, and columns without a usable value, are reported all at once.</summary>
    public static Result<FrameComparison> Of(Frame reference, Frame current, DriftSettings settings)
    {
        var faults = new List<Fault>();
        faults.AddRange(Lacking(reference, current, "current"));
        faults.AddRange(Lacking(current, reference, "reference"));
        var pairs = new List<ColumnPair>();
        var times = new List<TimeColumnPair>();
        foreach (var column in reference.Columns.Where(c => current.Has(c.Name)))
        {
            if (column is TimeColumn && current[column.Name] is TimeColumn)
            {
                times.Add(new TimeColumnPair(column.Name, MissingShare(column), MissingShare(current[column.Name])));
            }
            else if (ColumnPair.Of(column, current[column.Name]).TryGet(out var pair, out var problem))
            {
                pairs.Add(pair);
            }
            else
            {
                faults.AddRange(problem.Faults);
            }
        }

        if (faults.Count > 0)
        {
            return Problem.Invalid(faults);
        }

        if (pairs.Count == 0)
        {
            return Problem.Invalid("There is no column to compare; give both sides at least one numeric or text column");
        }

        return OfPairs(pairs, settings) with { TimeColumns = times };
    }

    /// <summary>The decision over columns that were paired before; at least one.</summary>
    public static FrameComparison OfPairs(IReadOnlyList<ColumnPair> pairs, DriftSettings settings)
    {
        var columns = Correct([.. pairs.Select(p => ColumnComparison.Of(p, settings))], settings.Correction);
        var share = (double)columns.Count(c => c.Drifted) / columns.Count;
        return new FrameComparison(columns, [], share, share >= settings.Share);
    }

    private static IEnumerable<Fault> Lacking(Frame having, Frame lacking, string side) => having.Columns
        .Where(c => !lacking.Has(c.Name))
        .Select(c => new Fault(c.Name, $"not in the {side} data; add the column there or leave it out of both"));

    private static List<ColumnComparison> Correct(List<ColumnComparison> columns, Correction correction)
    {
        var tested = columns.Where(c => c.Deciding.Score.PValue is { } p && !double.IsNaN(p)).ToList();
        if (correction == Correction.None || tested.Count == 0)
        {
            return columns;
        }

        var adjusted = Corrections.Adjust(correction, tested.ConvertAll(c => c.Deciding.Score.PValue!.Value));
        for (var i = 0; i < tested.Count; i++)
        {
            columns[columns.IndexOf(tested[i])] = tested[i] with { AdjustedPValue = adjusted[i] };
        }

        return columns;
    }

    private static double MissingShare(Column column)
    {
        var missing = Enumerable.Range(0, column.Count).Count(column.IsMissing);
        return column.Count == 0 ? 0 : (double)missing / column.Count;
    }
}

internal sealed record TimeColumnPair(string Column, double ReferenceMissing, double CurrentMissing);
