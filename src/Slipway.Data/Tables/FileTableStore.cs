using Slipway.Contracts.Data.Ports;
using Slipway.Data.Domain;
using Slipway.Engines.DuckDb;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Data.Tables;

/// <summary>Reads tables in files through the analytics engine. Rows keep the order of the file.</summary>
internal static class FileTableStore
{
    /// <summary>Every row is looked at, so that a type holds for the whole file.</summary>
    private const string InferCsv =
        "DESCRIBE SELECT * FROM read_csv(?, header = true, delim = ',', quote = '\"', escape = '\"', comment = '', sample_size = -1)";

    private const string InferParquet = "DESCRIBE SELECT * FROM read_parquet(?)";

    private const string CsvDialect = "header = true, delim = ',', quote = '\"', escape = '\"', comment = '', auto_detect = false";

    public static Result<FileTable> Infer(DuckDbConnection connection, string path, string format, CancellationToken cancellation)
    {
        var described = connection.Query(format == FileTable.Csv ? InferCsv : InferParquet, [path], cancellation);
        if (!described.TryGet(out var frame, out var problem))
        {
            return Named(problem, format);
        }

        var names = ((TextColumn)frame["column_name"]).Values;
        var types = ((TextColumn)frame["column_type"]).Values;
        ColumnSchema[] columns = [.. names.Zip(types, (n, t) => new ColumnSchema(n!, ColumnKinds.Of(t!), t!))];
        var twice = columns.GroupBy(c => c.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1);
        if (twice is not null)
        {
            return Problem.Invalid([new Fault(twice.Key, "is the name of several columns; names must differ by more than case")]);
        }

        var table = new FileTable(path, format, columns);
        return format == FileTable.Csv ? WithoutHalfTimes(connection, table, cancellation) : table;
    }

    /// <summary>The chosen rows and columns; see <see cref="DatasetQuery"/>.</summary>
    public static Result<Frame> Read(
        DuckDbConnection connection, FileTable table, DatasetQuery query, long offset, long? limit, CancellationToken cancellation)
    {
        if (Chosen(table, query).TryGet(out var columns, out var problem) is false)
        {
            return problem!;
        }

        var parameters = new List<DuckDbValue>();
        var conditions = new List<string>();
        if (query.TimeColumn is { } time)
        {
            foreach (var (bound, sign) in ((DateTimeOffset?, string)[])[(query.From, ">="), (query.Until, "<")])
            {
                if (bound is { } at)
                {
                    conditions.Add($"CAST({DuckDbText.Name(time)} AS TIMESTAMP) {sign} ?");
                    parameters.Add(at);
                }
            }
        }

        var where = conditions.Count == 0 ? "" : $" WHERE {string.Join(" AND ", conditions)}";
        var page = "";
        if (limit is { } most)
        {
            page = " LIMIT ? OFFSET ?";
            parameters.Add(most);
            parameters.Add(offset);
        }

        var list = string.Join(", ", columns.Select(Readable));
        var read = connection.Query($"SELECT {list} FROM ({Source(table)}){where}{page}", [.. parameters], cancellation);
        return read.TryGet(out var frame, out problem) ? frame : Named(problem, table.Format);
    }

    /// <summary>A SELECT over the whole file with the schema's types.</summary>
    public static string Source(FileTable table)
    {
        var path = DuckDbText.Literal(table.Path);
        if (table.Format == FileTable.Parquet)
        {
            return $"SELECT * FROM read_parquet({path})";
        }

        // A time is read as text and cast: read_csv itself turns a time with a zone that it cannot parse into null, silently (DuckDB 1.5.6).
        var types = string.Join(
            ", ",
            table.Columns.Select(c => $"{DuckDbText.Literal(c.Name)}: {DuckDbText.Literal(c.Kind == ColumnKind.Time ? "VARCHAR" : c.DatabaseType)}"));
        var list = string.Join(
            ", ",
            table.Columns.Select(c => c.Kind == ColumnKind.Time
                ? $"CAST({DuckDbText.Name(c.Name)} AS {c.DatabaseType}) AS {DuckDbText.Name(c.Name)}"
                : DuckDbText.Name(c.Name)));
        return $"SELECT {list} FROM read_csv({path}, {CsvDialect}, columns = {{{types}}})";
    }

    /// <summary>What a frame cannot hold (lists, intervals, bytes) as text.</summary>
    private static string Readable(ColumnSchema column)
    {
        var name = DuckDbText.Name(column.Name);
        return column.Kind == ColumnKind.Text && column.DatabaseType != "VARCHAR" ? $"CAST({name} AS VARCHAR) AS {name}" : name;
    }

    /// <summary>Times in other forms than ISO 8601 stay text: whether 03/04 is in March or April is not ours to guess.</summary>
    private static Result<FileTable> WithoutHalfTimes(DuckDbConnection connection, FileTable table, CancellationToken cancellation)
    {
        var times = table.Columns.Where(c => c.Kind == ColumnKind.Time).ToArray();
        if (times.Length == 0)
        {
            return table;
        }

        var asText = table with { Columns = [.. table.Columns.Select(c => c with { Kind = ColumnKind.Text, DatabaseType = "VARCHAR" })] };
        var counts = string.Join(
            ", ",
            times.Select((c, i) => $"count({DuckDbText.Name(c.Name)}) - count(TRY_CAST({DuckDbText.Name(c.Name)} AS {c.DatabaseType})) AS c{i}"));
        if (!connection.Query($"SELECT {counts} FROM ({Source(asText)})", [], cancellation).TryGet(out var frame, out var problem))
        {
            return Named(problem, table.Format);
        }

        var text = times.Where((_, i) => ((NumericColumn)frame.Columns[i]).Values[0] > 0).ToHashSet();
        return table with { Columns = [.. table.Columns.Select(c => text.Contains(c) ? new ColumnSchema(c.Name, ColumnKind.Text, "VARCHAR") : c)] };
    }

    private static Result<IReadOnlyList<ColumnSchema>> Chosen(FileTable table, DatasetQuery query)
    {
        var faults = new List<Fault>();
        var chosen = new List<ColumnSchema>();
        foreach (var name in query.Columns ?? [.. table.Columns.Select(c => c.Name)])
        {
            if (table.Columns.FirstOrDefault(c => c.Name == name) is not { } column)
            {
                faults.Add(new Fault(name, $"no such column; there are {Names(table)}"));
            }
            else if (chosen.Contains(column))
            {
                faults.Add(new Fault(name, "chosen twice"));
            }
            else
            {
                chosen.Add(column);
            }
        }

        if (query.TimeColumn is { } time)
        {
            var column = table.Columns.FirstOrDefault(c => c.Name == time);
            if (column is null)
            {
                faults.Add(new Fault(time, $"no such column; there are {Names(table)}"));
            }
            else if (column.Kind != ColumnKind.Time)
            {
                faults.Add(new Fault(time, $"is {column.DatabaseType}, not a time: some of its values are not ISO 8601 (2024-01-31 or 2024-01-31T12:00:00Z)"));
            }
        }
        else if (query.From is not null || query.Until is not null)
        {
            faults.Add(new Fault("timeColumn", "missing; from and until need to know which column holds the time"));
        }

        if (chosen.Count == 0 && faults.Count == 0)
        {
            faults.Add(new Fault("columns", "none chosen"));
        }

        return faults.Count == 0 ? chosen : Problem.Invalid(faults);
    }

    private static string Names(FileTable table) => string.Join(", ", table.Columns.Select(c => c.Name));

    /// <summary>The engine's first line says what is wrong; the rest is advice on options that callers here do not have.</summary>
    private static Problem Named(Problem problem, string format) =>
        problem.Code == ProblemCode.Invalid
            ? Problem.Invalid($"The file cannot be read as {format}: {string.Join(' ', problem.Message.Split('\n').TakeWhile(l => !l.StartsWith("Possible", StringComparison.Ordinal))).Trim()}")
            : problem;
}
