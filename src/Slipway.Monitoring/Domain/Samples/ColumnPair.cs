using System.Globalization;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Monitoring.Domain.Samples;

/// <summary>One column as the reference and the current sample hold it, cleaned: what every drift test looks at.</summary>
internal sealed class ColumnPair
{
    private readonly NumericSample? _reference;
    private readonly NumericSample? _current;
    private readonly Lazy<CategoryCounts> _counts;

    private ColumnPair(string name, NumericSample reference, NumericSample current)
    {
        Name = name;
        Kind = ColumnKind.Numeric;
        (_reference, _current) = (reference, current);
        _counts = new Lazy<CategoryCounts>(() => CategoryCounts.Of(reference, current));
        (ReferenceCount, CurrentCount) = (reference.Count, current.Count);
        ReferenceMissing = Share(reference.Missing, reference.Count);
        CurrentMissing = Share(current.Missing, current.Count);
        DistinctInReference = reference.CountDistinct();
        DistinctValues = CountPooled(reference, current);
    }

    private ColumnPair(string name, CategoryCounts counts, int referenceMissing, int currentMissing)
    {
        Name = name;
        Kind = ColumnKind.Categorical;
        _counts = new Lazy<CategoryCounts>(counts);
        (ReferenceCount, CurrentCount) = ((int)counts.ReferenceTotal, (int)counts.CurrentTotal);
        ReferenceMissing = Share(referenceMissing, ReferenceCount);
        CurrentMissing = Share(currentMissing, CurrentCount);
        DistinctInReference = counts.DistinctInReference;
        DistinctValues = counts.Categories;
    }

    public string Name { get; }

    public ColumnKind Kind { get; }

    /// <summary>Values left after cleaning.</summary>
    public int ReferenceCount { get; }

    public int CurrentCount { get; }

    /// <summary>Share of the rows that are missing (null, NaN or infinite), 0 to 1.</summary>
    public double ReferenceMissing { get; }

    public double CurrentMissing { get; }

    public int DistinctInReference { get; }

    /// <summary>Distinct values in either sample.</summary>
    public int DistinctValues { get; }

    public NumericSample Reference => _reference ?? throw new InvalidOperationException($"Column '{Name}' is categorical");

    public NumericSample Current => _current ?? throw new InvalidOperationException($"Column '{Name}' is categorical");

    public CategoryCounts Counts => _counts.Value;

    /// <summary>
    /// Pairs two columns. Two numeric columns make a numeric pair; if either holds text both are read as categories. A time column, and a sample
    /// without a single usable value, is a problem that names the column.
    /// </summary>
    public static Result<ColumnPair> Of(Column reference, Column current)
    {
        var name = reference.Name;
        if (reference is TimeColumn || current is TimeColumn)
        {
            const string TimesMove = "holds times, which always move; compare parts of it (hour, weekday) as columns of their own";
            return Problem.Invalid($"Column '{name}' {TimesMove}", new Fault(name, TimesMove));
        }

        var pair = reference is NumericColumn left && current is NumericColumn right
            ? new ColumnPair(name, NumericSample.Clean(left.Values), NumericSample.Clean(right.Values))
            : Categorical(name, reference, current);
        if (pair.ReferenceCount == 0 || pair.CurrentCount == 0)
        {
            var which = pair.ReferenceCount == 0 ? "reference" : "current";
            var empty = $"has no usable value in the {which} data (all missing or infinite); leave the column out or widen the data";
            return Problem.Invalid($"Column '{name}' {empty}", new Fault(name, empty));
        }

        return pair;
    }

    private static ColumnPair Categorical(string name, Column reference, Column current)
    {
        var referenceCounts = CountValues(reference, out var referenceMissing);
        var currentCounts = CountValues(current, out var currentMissing);
        return new ColumnPair(name, CategoryCounts.Of(referenceCounts, currentCounts), referenceMissing, currentMissing);
    }

    private static Dictionary<string, int> CountValues(Column column, out int missing)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        missing = 0;
        for (var row = 0; row < column.Count; row++)
        {
            var value = column switch
            {
                TextColumn text => text.Values[row],
                NumericColumn numeric when double.IsFinite(numeric.Values[row]) => numeric.Values[row].ToString("R", CultureInfo.InvariantCulture),
                _ => null,
            };
            if (value is null)
            {
                missing++;
                continue;
            }

            counts[value] = counts.GetValueOrDefault(value) + 1;
        }

        return counts;
    }

    private static int CountPooled(NumericSample reference, NumericSample current)
    {
        var distinct = 0;
        var groups = new PooledGroups(reference.Sorted, current.Sorted);
        while (groups.MoveNext())
        {
            distinct++;
        }

        return distinct;
    }

    private static double Share(int missing, int kept) => missing + kept == 0 ? 0 : (double)missing / (missing + kept);
}
