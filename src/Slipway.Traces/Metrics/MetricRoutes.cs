using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Traces.Domain;
using Slipway.Traces.Infos;
using Slipway.Traces.Storage;

namespace Slipway.Traces.Metrics;

/// <summary><c>POST 3.0/mlflow/traces/metrics</c>: counts, latencies, tokens, costs and ratings over time and by group, for charts.</summary>
internal static class MetricRoutes
{
    private const int DefaultCount = 1000;
    private const int MostCount = 50_000;
    private const string Bucket = "time_bucket";

    private static readonly string[] Views = ["TRACES", "SPANS", "ASSESSMENTS"];
    private static readonly string[] Types = ["COUNT", "SUM", "AVG", "PERCENTILE", "MIN", "MAX"];

    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "3.0/mlflow/traces/metrics", QueryAsync).RequirePermission("traces.read");

    private static async Task<Result<MlflowReply>> QueryAsync(MlflowCall call)
    {
        var fields = call.Fields;
        var (experiments, view, metric) = (fields.Texts("experiment_ids"), fields.Choice("view_type", Views), fields.Required("metric_name"));
        var (dimensions, written) = (fields.Texts("dimensions"), fields.Texts("filters"));
        MetricAggregation[] aggregations = [.. fields.Objects("aggregations").Select(a => new MetricAggregation(a.Choice("aggregation_type", Types) ?? "", a.Double("percentile_value")))];
        var (interval, from, until) = (fields.Int64("time_interval_seconds"), fields.Int64("start_time_ms"), fields.Int64("end_time_ms"));
        var limit = fields.Count("max_results", DefaultCount, 1, MostCount);
        foreach (var missing in new[] { view is null ? "view_type" : null, aggregations.Length == 0 ? "aggregations" : null }.OfType<string>())
        {
            fields.RejectMissing(missing);
        }

        if (fields.Problem is { } bad)
        {
            return bad;
        }

        if ((MetricCatalog.Fault(view!, metric, aggregations, dimensions) ?? aggregations.Select(Fault).FirstOrDefault(f => f is not null)) is { } fault)
        {
            return Problem.Invalid(fault);
        }

        if (interval is not null && (from is null || until is null))
        {
            return Problem.Invalid("start_time_ms and end_time_ms are required if time_interval_seconds is set");
        }

        if (interval < 1)
        {
            return Problem.Invalid("time_interval_seconds must be at least 1");
        }

        var filters = new List<MetricFilter>();
        foreach (var text in written)
        {
            if (!ParseFilter(text, view!).TryGet(out var filter, out var problem))
            {
                return problem;
            }

            filters.Add(filter);
        }

        var groups = await call.Service<IDatabase>().ReadAsync(
            (session, _) => GroupAsync(MetricStore.Rows(session, call.Namespace, view!, metric, dimensions, experiments, filters, from, until), dimensions.Count, interval), call.Cancellation);
        var grouped = dimensions.Count > 0 || interval is not null;
        var points = groups.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => (g.Key, Values: Sum(aggregations, g.Value))).ToList();
        if (!grouped && points.Count == 0)
        {
            points.Add(("", Sum(aggregations, [])));
        }

        return MlflowReply.Object(writer => TraceRoutes.WriteList(writer, "data_points", [.. points.Where(p => p.Values.Count > 0).Take(limit)], point =>
        {
            writer.WriteString("metric_name", metric);
            if (grouped)
            {
                writer.WriteStartObject("dimensions");
                string[] names = [.. interval is null ? Array.Empty<string>() : [Bucket], .. dimensions];
                foreach (var (name, value) in names.Zip(point.Key.Split('\u0001')))
                {
                    writer.WriteString(name, value);
                }

                writer.WriteEndObject();
            }

            writer.WriteStartObject("values");
            foreach (var (name, value) in point.Values)
            {
                writer.WriteDouble(name, value);
            }

            writer.WriteEndObject();
        }));
    }

    // Groups by their names joined: the time first, in a form that sorts.
    private static async Task<Dictionary<string, List<double>>> GroupAsync(IAsyncEnumerable<MetricRow> rows, int dimensions, long? interval)
    {
        var groups = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        await foreach (var row in rows)
        {
            var parts = new List<string?>(dimensions + 1);
            if (interval is { } seconds)
            {
                var start = Math.DivRem(row.Time, seconds * 1000, out var rest) * seconds * 1000;
                parts.Add(DateTimeOffset.FromUnixTimeMilliseconds(rest < 0 ? start - (seconds * 1000) : start).ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture));
            }

            for (var i = 0; i < dimensions; i++)
            {
                parts.Add(row.Dimension(i));
            }

            // What does not have a dimension is in no group of it.
            if (parts.Contains(null))
            {
                continue;
            }

            var key = string.Join('\u0001', parts);
            var values = groups.TryGetValue(key, out var known) ? known : groups[key] = [];
            if ((row.Json is null ? row.Value : Rating(row.Json)) is { } value)
            {
                values.Add(value);
            }
        }

        return groups;
    }

    private static List<KeyValuePair<string, double>> Sum(IReadOnlyList<MetricAggregation> aggregations, List<double> values)
    {
        values.Sort();
        return [.. aggregations.Select(a => (a.Name, Value: a.Of(values))).Where(a => a.Value is not null).Select(a => new KeyValuePair<string, double>(a.Name, a.Value!.Value))];
    }

    // Yes and no are the answers of MLflow's own judges.
    private static double? Rating(string json) => json switch
    {
        "true" or "\"yes\"" => 1,
        "false" or "\"no\"" => 0,
        _ => JsonText.Parse(json) is JsonValue value && value.TryGetValue<double>(out var number) ? number : null,
    };

    private static string? Fault(MetricAggregation aggregation) => aggregation switch
    {
        { Type: "PERCENTILE", Percentile: null } => "Percentile value is required for PERCENTILE aggregation",
        { Type: "PERCENTILE", Percentile: < 0 or > 100 or double.NaN } => $"Percentile value must be between 0 and 100, got {JsonText.Plain(aggregation.Percentile.Value)}",
        { Type: not "PERCENTILE", Percentile: not null } => $"Percentile value is only allowed for PERCENTILE aggregation type, got {aggregation.Type}",
        _ => null,
    };

    private static Result<MetricFilter> ParseFilter(string text, string view)
    {
        if (!SearchFilter.Parse(text).TryGet(out var node, out var problem))
        {
            return problem;
        }

        if (node is not SearchClause clause)
        {
            return Problem.Invalid($"Invalid filter: '{text}'. Expected one filter clause.");
        }

        var key = clause.Key;
        var dot = key.Name.IndexOf('.', StringComparison.Ordinal);
        var (entity, name) = dot < 0 ? (key.Name, "") : (key.Name[..dot], key.Name[(dot + 1)..].Trim('`', '"'));
        string[]? valid = key.Entity switch { "trace" => ["status", "tag", "metadata"], "span" => ["name", "status", "type"], "assessment" => ["name", "type"], _ => null };
        if (key.Entity is null)
        {
            return Problem.Invalid($"Invalid identifier '{key.Name}'. Columns should be specified as 'trace.<key>', 'span.<key>', 'assessment.<key>'.");
        }

        if (valid is null)
        {
            return Problem.Invalid($"Invalid view type '{key.Entity}'. Valid values are dict_keys(['trace', 'span', 'assessment'])");
        }

        if (!valid.Contains(entity))
        {
            return Problem.Invalid($"Invalid entity '{entity}' specified for view type '{key.Entity}'. Valid entities are [{string.Join(", ", valid.Select(v => $"'{v}'"))}]");
        }

        var keyed = entity is "tag" or "metadata";
        if (keyed != (name.Length > 0))
        {
            return Problem.Invalid(keyed
                ? $"Filtering by {entity} requires a key, e.g. '{key.Entity}.{entity}.<key> = <value>'"
                : $"Filtering by {entity} does not require a key, use '{key.Entity}.{entity}' instead");
        }

        if (clause.Comparison != Comparison.Equal)
        {
            return Problem.Invalid($"Invalid comparator: '{Written(clause)}', only '=' operator is supported");
        }

        if (clause.Value.Kind != SearchValueKind.Text)
        {
            return Problem.Invalid($"Expected a quoted string value for {entity} value (e.g. 'my-value'). Got value {clause.Value.Written}");
        }

        return key.Entity switch
        {
            "span" when view != "SPANS" => Problem.Invalid($"Filtering by span is only supported for SPANS view type, got {view}"),
            "assessment" when view != "ASSESSMENTS" => Problem.Invalid($"Filtering by assessment is only supported for ASSESSMENTS view type, got {view}"),
            _ => new MetricFilter(key.Entity, entity, name, clause.Value.Text),
        };
    }

    private static string Written(SearchClause clause) => clause.Comparison switch
    {
        Comparison.NotEqual => "!=",
        Comparison.Less => "<",
        Comparison.LessOrEqual => "<=",
        Comparison.Greater => ">",
        Comparison.GreaterOrEqual => ">=",
        _ => clause.Comparison.ToString().ToUpperInvariant(),
    };
}
