namespace Slipway.Kernel.Frames;

/// <summary>A named column of a <see cref="Frame"/>.</summary>
public abstract class Column(string name)
{
    public string Name { get; } = name;

    public abstract int Count { get; }

    public abstract bool IsMissing(int row);

    /// <summary>A new column holding the given rows in the given order.</summary>
    public abstract Column Take(ReadOnlySpan<int> rows);
}

/// <summary>Numbers; NaN is missing. Booleans are 0 and 1; times are in a <see cref="TimeColumn"/>.</summary>
public sealed class NumericColumn(string name, double[] values) : Column(name)
{
    public double[] Values { get; } = values;

    public override int Count => Values.Length;

    public override bool IsMissing(int row) => double.IsNaN(Values[row]);

    public override Column Take(ReadOnlySpan<int> rows)
    {
        var taken = new double[rows.Length];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = Values[rows[i]];
        }

        return new NumericColumn(Name, taken);
    }
}

/// <summary>Text or categories; null is missing.</summary>
public sealed class TextColumn(string name, string?[] values) : Column(name)
{
    public string?[] Values { get; } = values;

    public override int Count => Values.Length;

    public override bool IsMissing(int row) => Values[row] is null;

    public override Column Take(ReadOnlySpan<int> rows)
    {
        var taken = new string?[rows.Length];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = Values[rows[i]];
        }

        return new TextColumn(Name, taken);
    }
}

/// <summary>Instants in microseconds since the Unix epoch, UTC; <see cref="long.MinValue"/> is missing.</summary>
public sealed class TimeColumn(string name, long[] micros) : Column(name)
{
    public long[] Micros { get; } = micros;

    public override int Count => Micros.Length;

    public override bool IsMissing(int row) => Micros[row] == long.MinValue;

    public DateTimeOffset At(int row) => FromMicros(Micros[row]);

    /// <summary>The first row at or after an instant, <see cref="Count"/> when there is none; the times must not go backwards.</summary>
    public int FirstAtOrAfter(DateTimeOffset instant)
    {
        var (low, high, wanted) = (0, Micros.Length, ToMicros(instant));
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = Micros[middle] < wanted ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    public static DateTimeOffset FromMicros(long micros) => DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    public static long ToMicros(DateTimeOffset time) => (time.UtcDateTime - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public override Column Take(ReadOnlySpan<int> rows)
    {
        var taken = new long[rows.Length];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = Micros[rows[i]];
        }

        return new TimeColumn(Name, taken);
    }
}

/// <summary>A small table in memory, column by column: what training, scoring and drift work on. Immutable by convention.</summary>
public sealed class Frame
{
    private readonly Dictionary<string, Column> _byName;

    public Frame(IReadOnlyList<Column> columns)
    {
        Columns = columns;
        Rows = columns.Count == 0 ? 0 : columns[0].Count;
        _byName = columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
        if (columns.FirstOrDefault(c => c.Count != Rows) is { } odd)
        {
            throw new ArgumentException($"Column '{odd.Name}' has {odd.Count} rows, the first column has {Rows}", nameof(columns));
        }
    }

    public IReadOnlyList<Column> Columns { get; }

    public int Rows { get; }

    public Column this[string name] => _byName.TryGetValue(name, out var column)
        ? column
        : throw new KeyNotFoundException($"No column '{name}'; there are: {string.Join(", ", _byName.Keys)}");

    public bool Has(string name) => _byName.ContainsKey(name);

    public Frame Select(IEnumerable<string> names) => new([.. names.Select(n => this[n])]);

    public Frame Without(params ReadOnlySpan<string> names)
    {
        var drop = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            drop.Add(name);
        }

        return new Frame([.. Columns.Where(c => !drop.Contains(c.Name))]);
    }

    public Frame With(Column column) => new([.. Columns.Where(c => c.Name != column.Name), column]);

    public Frame Take(ReadOnlySpan<int> rows)
    {
        var taken = new List<Column>(Columns.Count);
        foreach (var column in Columns)
        {
            taken.Add(column.Take(rows));
        }

        return new Frame(taken);
    }

    /// <summary>Rows <paramref name="from"/> (inclusive) to <paramref name="until"/> (exclusive).</summary>
    public Frame Slice(int from, int until) => Take(Enumerable.Range(from, until - from).ToArray());
}
