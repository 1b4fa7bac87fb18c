using System.Globalization;

namespace Slipway.Traces.Domain;

/// <param name="Percentile">0 to 100; only for PERCENTILE.</param>
internal sealed record MetricAggregation(string Type, double? Percentile)
{
    /// <summary>What MLflow calls the value: COUNT, P50.0.</summary>
    public string Name => Percentile is { } p ? "P" + p.ToString(Math.Truncate(p) == p ? "0.0" : "R", CultureInfo.InvariantCulture) : Type;

    /// <summary>Null when there is nothing to compute it from.</summary>
    /// <param name="values">Sorted for a percentile.</param>
    public double? Of(IReadOnlyList<double> values) => Type switch
    {
        "COUNT" => values.Count,
        _ when values.Count == 0 => null,
        "SUM" => values.Sum(),
        "AVG" => values.Average(),
        _ => Interpolated(values, Percentile!.Value / 100),
    };

    // Linear between the two nearest, as numpy and PERCENTILE_CONT do it.
    private static double Interpolated(IReadOnlyList<double> sorted, double fraction)
    {
        var place = fraction * (sorted.Count - 1);
        var below = (int)Math.Floor(place);
        return below + 1 < sorted.Count ? sorted[below] + ((place - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}

/// <summary>Which metrics there are in each view, how they can be summed up, and by what they can be grouped.</summary>
internal static class MetricCatalog
{
    private static readonly string[] Sums = ["AVG", "PERCENTILE", "SUM"];
    private static readonly string[] Averages = ["AVG", "PERCENTILE"];
    private static readonly string[] Counts = ["COUNT"];
    private static readonly string[] Models = ["span_model_name", "span_model_provider"];

    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, (string[] Aggregations, string[] Dimensions)>> Views { get; } =
        new Dictionary<string, IReadOnlyDictionary<string, (string[], string[])>>(StringComparer.Ordinal)
        {
            ["TRACES"] = new Dictionary<string, (string[], string[])>(StringComparer.Ordinal)
            {
                ["trace_count"] = (Counts, ["trace_name", "trace_status"]),
                ["latency"] = (Averages, ["trace_name"]),
                ["input_tokens"] = (Sums, ["trace_name"]),
                ["output_tokens"] = (Sums, ["trace_name"]),
                ["total_tokens"] = (Sums, ["trace_name"]),
                ["cache_read_input_tokens"] = (Sums, ["trace_name"]),
                ["cache_creation_input_tokens"] = (Sums, ["trace_name"]),
            },
            ["SPANS"] = new Dictionary<string, (string[], string[])>(StringComparer.Ordinal)
            {
                ["span_count"] = (Counts, ["span_model_name", "span_model_provider", "span_name", "span_status", "span_type"]),
                ["latency"] = (Averages, ["span_name", "span_status"]),
                ["input_cost"] = (Sums, Models),
                ["output_cost"] = (Sums, Models),
                ["total_cost"] = (Sums, Models),
            },
            ["ASSESSMENTS"] = new Dictionary<string, (string[], string[])>(StringComparer.Ordinal)
            {
                ["assessment_count"] = (Counts, ["assessment_name", "assessment_value"]),
                ["assessment_value"] = (Averages, ["assessment_name"]),
            },
        };

    /// <summary>What is wrong with a query, in MLflow's words; null when nothing is.</summary>
    public static string? Fault(string view, string metric, IReadOnlyList<MetricAggregation> aggregations, IReadOnlyList<string> dimensions)
    {
        if (!Views[view].TryGetValue(metric, out var known))
        {
            return $"metric_name must be one of [{List(Views[view].Keys)}], got '{metric}'";
        }

        string[] wrong = [.. aggregations.Select(a => a.Type).Except(known.Aggregations).Order(StringComparer.Ordinal)];
        if (wrong.Length > 0)
        {
            return $"Found invalid aggregation_type(s): [{List(wrong)}]. Supported aggregation types: [{List(known.Aggregations)}]";
        }

        wrong = [.. dimensions.Except(known.Dimensions).Order(StringComparer.Ordinal)];
        return wrong.Length > 0 ? $"Found invalid dimension(s): [{List(wrong)}]. Supported dimensions: [{List(known.Dimensions)}]" : null;
    }

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
