using Slipway.Contracts.Serving.Ports;
using Slipway.Engines.DuckDb;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Scoring.Files;

/// <summary>A table in a file with its columns' types.</summary>
internal sealed record ScoreTable(string Path, bool IsCsv, IReadOnlyList<(string Name, string Type)> Columns)
{
    public string? TypeOf(string column) => Columns.FirstOrDefault(c => c.Name == column).Type;
}

/// <summary>Reads tables in files and puts predictions beside their rows, through the analytics engine. Rows keep the order of the file.</summary>
internal static class ScoreTableStore
{
    private const string Dialect = "header = true, delim = ',', quote = '\"', escape = '\"', comment = '', auto_detect = false";

    /// <summary>Every row is looked at, so that a type holds for the whole file.</summary>
    private const string InferCsv = "DESCRIBE SELECT * FROM read_csv(?, header = true, delim = ',', quote = '\"', escape = '\"', comment = '', sample_size = -1)";

    private const string InferParquet = "DESCRIBE SELECT * FROM read_parquet(?)";

    public static Result<ScoreTable> Describe(DuckDbConnection connection, string path, CancellationToken cancellation)
    {
        if (IsCsv(path) is not { } csv)
        {
            return Problem.Invalid($"{path}: end the name in .csv or .parquet, which says how it is read and written");
        }

        if (!connection.Query(csv ? InferCsv : InferParquet, [path], cancellation).TryGet(out var described, out var problem))
        {
            return Problem.Invalid($"{path} cannot be read as {(csv ? "CSV" : "Parquet")}: {FirstLine(problem)}");
        }

        var (names, types) = (((TextColumn)described["column_name"]).Values, ((TextColumn)described["column_type"]).Values);
        return new ScoreTable(path, csv, [.. names.Zip(types, (name, type) => (name!, type!))]);
    }

    public static Result<long> Count(DuckDbConnection connection, ScoreTable table, CancellationToken cancellation)
    {
        var counted = connection.Query($"SELECT count(*) AS n FROM {Source(table)}", [], cancellation);
        return counted.TryGet(out var frame, out var problem) ? (long)((NumericColumn)frame["n"]).Values[0] : Problem.Invalid($"{table.Path}: {FirstLine(problem)}");
    }

    /// <param name="columns">Column of the file and name in the frames.</param>
    /// <param name="texts">Those that are read as text, whatever they are.</param>
    /// <param name="from">Rows to pass over.</param>
    public static Result<DuckDbStream> Read(
        DuckDbConnection connection, ScoreTable table, IReadOnlyList<(string Column, string Name)> columns, IReadOnlySet<string> texts, long from, CancellationToken cancellation)
    {
        var list = string.Join(", ", columns.Select(c => $"CAST({DuckDbText.Name(c.Column)} AS {(texts.Contains(c.Name) ? "VARCHAR" : "DOUBLE")}) AS {DuckDbText.Name(c.Name)}"));
        return connection.Prepare($"SELECT {list} FROM {Source(table)} OFFSET ?", cancellation).Then(statement =>
        {
            using (statement)
            {
                return statement.Stream([from], cancellation);
            }
        });
    }

    /// <summary>Writes the table's columns, or one of them, with the predictions beside them. The order of both holds because one thread reads them.</summary>
    /// <param name="made">Names and types of the predictions' columns.</param>
    public static Result<long> Write(
        DuckDbConnection connection, ScoreTable table, string? only, string predictions, IReadOnlyList<(string Name, string Type)> made, string path, bool asCsv, CancellationToken cancellation)
    {
        var kept = only is null ? "i.*" : $"i.{DuckDbText.Name(only)}";
        var types = string.Join(", ", made.Select(m => $"{DuckDbText.Literal(m.Name)}: {DuckDbText.Literal(m.Type)}"));
        var scored = $"read_csv({DuckDbText.Literal(predictions)}, header = false, delim = ',', quote = '\"', escape = '\"', comment = '', auto_detect = false, "
            + $"allow_quoted_nulls = false, parallel = false, columns = {{{types}}})";
        var form = asCsv ? "FORMAT csv, HEADER true" : "FORMAT parquet";

        // From text to text, what was written stays as it was written.
        return connection.Execute($"COPY (SELECT {kept}, p.* FROM {Source(table, table.IsCsv && asCsv)} i POSITIONAL JOIN {scored} p) TO {DuckDbText.Literal(path)} ({form})", cancellation);
    }

    /// <summary>True for CSV, false for Parquet, null for neither.</summary>
    public static bool? IsCsv(string path) =>
        path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? true : path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase) ? false : null;

    public static bool IsNumber(string type) => type is "BOOLEAN" or "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "HUGEINT" or "UTINYINT" or "USMALLINT"
        or "UINTEGER" or "UBIGINT" or "UHUGEINT" or "FLOAT" or "DOUBLE" || type.StartsWith("DECIMAL", StringComparison.Ordinal);

    private static string Source(ScoreTable table, bool asText = false)
    {
        var path = DuckDbText.Literal(table.Path);
        if (!table.IsCsv)
        {
            return $"read_parquet({path})";
        }

        var types = string.Join(", ", table.Columns.Select(c => $"{DuckDbText.Literal(c.Name)}: {DuckDbText.Literal(asText ? "VARCHAR" : c.Type)}"));
        return $"read_csv({path}, {Dialect}, columns = {{{types}}})";
    }

    private static string FirstLine(Problem problem) => problem.Message.Split('\n')[0].Trim();
}
