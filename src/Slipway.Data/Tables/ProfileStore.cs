using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Data.Domain;
using Slipway.Engines.DuckDb;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Data.Tables;

/// <summary>Describes a table column by column. The file is read once, into a temporary table; each column is then a scan of its own.</summary>
internal static class ProfileStore
{
    /// <summary>Distinct values are counted exactly up to this many rows, and estimated (to about 2 %) beyond.</summary>
    private const long ExactRows = 2_000_000;

    private const int TopValues = 10;

    private static readonly double[] Quantiles = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    /// <summary>The form is documented on <see cref="IFileProfiler"/>.</summary>
    public static Result<JsonObject> Profile(DuckDbConnection connection, FileTable table, CancellationToken cancellation)
    {
        var made = connection.Execute($"CREATE OR REPLACE TEMP TABLE profiled AS {FileTableStore.Source(table)}", cancellation);
        if (!made.TryGet(out _, out var problem))
        {
            return problem;
        }

        var rows = Number(connection.Query("SELECT count(*) AS n FROM profiled", [], cancellation).OrThrow(), "n");
        var columns = new JsonArray();
        foreach (var column in table.Columns)
        {
            if (!Column(connection, column, (long)rows, cancellation).TryGet(out var described, out problem))
            {
                return problem;
            }

            columns.Add(described);
        }

        connection.Execute("DROP TABLE profiled", cancellation).OrThrow();
        return new JsonObject { ["rows"] = (long)rows, ["columns"] = columns };
    }

    private static Result<JsonObject> Column(DuckDbConnection connection, ColumnSchema column, long rows, CancellationToken cancellation)
    {
        var name = DuckDbText.Name(column.Name);
        var value = ColumnKinds.IsFloating(column.DatabaseType) ? $"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"
            : column.Kind == ColumnKind.Text ? $"CAST({name} AS VARCHAR)" : name;
        var distinct = rows <= ExactRows ? "count(DISTINCT v)" : "approx_count_distinct(v)";
        var counted = connection.Query($"SELECT count(v) AS n, {distinct} AS d FROM (SELECT {value} AS v FROM profiled)", [], cancellation);
        if (!counted.TryGet(out var frame, out var problem))
        {
            return problem;
        }

        var count = (long)Number(frame, "n");
        var described = new JsonObject
        {
            ["column"] = column.Name,
            ["kind"] = column.Kind.ToString().ToLowerInvariant(),
            ["type"] = column.DatabaseType,
            ["count"] = count,
            ["missing"] = rows - count,
            ["distinct"] = (long)Number(frame, "d"),
        };
        problem = count == 0 ? null : column.Kind switch
        {
            ColumnKind.Numeric => Numbers(connection, value, described, cancellation),
            ColumnKind.Time => Times(connection, value, described, cancellation),
            ColumnKind.Boolean => Top(connection, $"CAST({value} AS VARCHAR)", described, cancellation),
            _ => Top(connection, value, described, cancellation),
        };
        return problem is null ? described : problem;
    }

    /// <summary>Infinities count as values, but have no part in the moments.</summary>
    private static Problem? Numbers(DuckDbConnection connection, string value, JsonObject described, CancellationToken cancellation)
    {
        var quantiles = string.Join(", ", Quantiles.Select((q, i) => $"quantile_cont(v, {q.ToString(CultureInfo.InvariantCulture)}) AS q{i}"));
        var from = $"FROM (SELECT CAST({value} AS DOUBLE) AS v FROM profiled) WHERE isfinite(v)";
        if (!connection.Query($"SELECT min(v) AS low, max(v) AS high, {quantiles} {from}", [], cancellation).TryGet(out var frame, out var problem))
        {
            return problem;
        }

        // Squares of values near the largest double overflow, which the engine reports as an error: then there is no such figure.
        var moments = connection.Query($"SELECT avg(v) AS mean, stddev_samp(v) AS std {from}", [], cancellation);
        described["min"] = Json(Number(frame, "low"));
        described["max"] = Json(Number(frame, "high"));
        described["mean"] = moments.Succeeded ? Json(Number(moments.Value, "mean")) : null;
        described["std"] = moments.Succeeded ? Json(Number(moments.Value, "std")) : null;
        var marks = new JsonObject();
        for (var i = 0; i < Quantiles.Length; i++)
        {
            marks[Quantiles[i].ToString(CultureInfo.InvariantCulture)] = Json(Number(frame, $"q{i}"));
        }

        described["quantiles"] = marks;
        return null;
    }

    private static Problem? Times(DuckDbConnection connection, string value, JsonObject described, CancellationToken cancellation)
    {
        if (!connection.Query($"SELECT min({value}) AS low, max({value}) AS high FROM profiled", [], cancellation).TryGet(out var frame, out var problem))
        {
            return problem;
        }

        foreach (var (member, column) in ((string, string)[])[("min", "low"), ("max", "high")])
        {
            var time = (TimeColumn)frame[column];
            described[member] = time.IsMissing(0) ? null : time.At(0).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);
        }

        return null;
    }

    private static Problem? Top(DuckDbConnection connection, string value, JsonObject described, CancellationToken cancellation)
    {
        var read = connection.Query(
            $"SELECT v, count(*) AS n FROM (SELECT {value} AS v FROM profiled) WHERE v IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT {TopValues}", [], cancellation);
        if (!read.TryGet(out var frame, out var problem))
        {
            return problem;
        }

        var top = new JsonArray();
        for (var i = 0; i < frame.Rows; i++)
        {
            top.Add(new JsonObject { ["value"] = ((TextColumn)frame["v"]).Values[i], ["count"] = (long)((NumericColumn)frame["n"]).Values[i] });
        }

        described["top"] = top;
        return null;
    }

    private static double Number(Frame frame, string column) => ((NumericColumn)frame[column]).Values[0];

    private static JsonNode? Json(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
