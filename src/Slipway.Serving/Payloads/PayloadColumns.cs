using System.Globalization;

namespace Slipway.Serving.Payloads;

/// <summary>The columns of payload files: one list, for writing, packing and reading.</summary>
internal static class PayloadColumns
{
    public static readonly (string Name, string Type)[] All =
    [
        ("id", "VARCHAR"), ("request_id", "VARCHAR"), ("time", "TIMESTAMP"), ("event_time", "TIMESTAMP"), ("model", "VARCHAR"), ("model_version", "BIGINT"),
        ("revision", "VARCHAR"), ("served", "BOOLEAN"), ("protocol", "VARCHAR"), ("caller", "VARCHAR"), ("latency_micros", "BIGINT"), ("status", "INTEGER"),
        ("error", "VARCHAR"), ("inputs", "JSON"), ("outputs", "JSON"), ("prediction_number", "DOUBLE"), ("prediction_text", "VARCHAR"), ("probabilities", "JSON"),
    ];

    /// <summary>Names alone, in order.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(c => c.Name));

    /// <summary>Reads spools, whose instants are microseconds since the epoch.</summary>
    /// <param name="files">A list in SQL.</param>
    /// <param name="longestLine">In bytes.</param>
    public static string FromSpools(string files, long longestLine)
    {
        var columns = string.Join(", ", All.Select(c => $"{c.Name}: '{(c.Type == "TIMESTAMP" ? "BIGINT" : c.Type)}'"));
        var values = string.Join(", ", All.Select(c => c.Type == "TIMESTAMP" ? $"make_timestamp({c.Name}) AS {c.Name}" : c.Name));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT {values} FROM read_json({files}, format = 'newline_delimited', ignore_errors = true, maximum_object_size = {longestLine}, columns = {{{columns}}})");
    }

    public static string FromParquet(string files) => $"SELECT {Names} FROM read_parquet({files}, hive_partitioning = false, union_by_name = true)";

    public static string Nothing { get; } = $"SELECT {string.Join(", ", All.Select(c => $"NULL::{c.Type} AS {c.Name}"))} WHERE false";
}
