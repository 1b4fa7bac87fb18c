using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow.Search;
using Slipway.Traces.Domain;

namespace Slipway.Traces.Storage;

/// <summary>One thing that counts: when, in which groups, and how much.</summary>
internal sealed record MetricRow
{
    /// <summary>Milliseconds since 1970.</summary>
    public long Time { get; init; }

    public string? D0 { get; init; }

    public string? D1 { get; init; }

    public string? D2 { get; init; }

    public string? D3 { get; init; }

    public string? D4 { get; init; }

    public double? Value { get; init; }

    /// <summary>The JSON of an assessment, when that is the value.</summary>
    public string? Json { get; init; }

    public string? Dimension(int i) => i switch { 0 => D0, 1 => D1, 2 => D2, 3 => D3, _ => D4 };
}

/// <param name="Key">Of a tag or of metadata; empty for the others.</param>
internal sealed record MetricFilter(string View, string Entity, string Key, string Value);

internal static class MetricStore
{
    public static IAsyncEnumerable<MetricRow> Rows(
        IReadSession session, string ns, string view, string metric, IReadOnlyList<string> dimensions, IReadOnlyList<string> experiments,
        IReadOnlyList<MetricFilter> filters, long? from, long? until)
    {
        var sql = new SearchSql(session.Dialect);
        var groups = dimensions.Select((d, i) => $", {Dimension(sql, ns, d)} AS d{i}");
        var conditions = filters.Select(f => Condition(sql, ns, f)).ToList();
        if (from is not null)
        {
            conditions.Add(sql.Number("t.request_time", Comparison.GreaterOrEqual, from.Value));
        }

        if (until is not null)
        {
            conditions.Add(sql.Number("t.request_time", Comparison.LessOrEqual, until.Value));
        }

        var (value, joined) = Value(sql, ns, view, metric);
        var time = view switch { "TRACES" => "t.request_time", "SPANS" => "s.started / 1000000", _ => "a.created" };
        var source = view switch
        {
            "TRACES" => "traces_infos t",
            "SPANS" => "traces_infos t JOIN traces_spans s ON s.namespace = t.namespace AND s.trace_id = t.id",
            _ => "traces_infos t JOIN traces_assessments a ON a.namespace = t.namespace AND a.trace_id = t.id",
        };
        conditions.Add($"t.namespace = {sql.Add(ns)}");
        if (experiments.Count > 0)
        {
            conditions.Add($"t.experiment_id IN {sql.Add(experiments.ToArray())}");
        }

        return session.StreamAsync<MetricRow>($"SELECT {time} AS time{string.Concat(groups)}, {value} FROM {source}{joined} WHERE {string.Join(" AND ", conditions)}", sql.Parameters);
    }

    private static (string Value, string Joined) Value(SearchSql sql, string ns, string view, string metric) => (view, metric) switch
    {
        (_, "trace_count" or "span_count" or "assessment_count") => ("1.0 AS value", ""),
        ("TRACES", "latency") => ("CAST(t.duration AS DOUBLE PRECISION) AS value", ""),
        ("TRACES", _) => ("m.value AS value", $" JOIN traces_metrics m ON m.namespace = t.namespace AND m.trace_id = t.id AND m.key = {sql.Add(metric)}"),
        ("SPANS", "latency") => ("CAST((s.ended - s.started) / 1000000 AS DOUBLE PRECISION) AS value", ""),
        ("SPANS", _) => ("m.value AS value", $" JOIN traces_span_metrics m ON m.namespace = s.namespace AND m.trace_id = s.trace_id AND m.span_id = s.span_id AND m.key = {sql.Add(metric)}"),
        _ => ("a.value AS json", ""),
    };

    private static string Dimension(SearchSql sql, string ns, string dimension) => dimension switch
    {
        "trace_name" => $"(SELECT p.value FROM traces_tags p WHERE p.namespace = {sql.Add(ns)} AND p.trace_id = t.id AND p.key = {sql.Add(TraceKeys.NameTag)})",
        "trace_status" => "t.state",
        "span_name" => "s.name",
        "span_type" => "s.type",
        "span_status" => "s.status",
        "span_model_name" => Attribute(sql, ns, TraceKeys.Model),
        "span_model_provider" => Attribute(sql, ns, TraceKeys.ModelProvider),
        "assessment_name" => "a.name",
        _ => "a.value",
    };

    private static string Attribute(SearchSql sql, string ns, string key) =>
        $"(SELECT p.value FROM traces_span_attributes p WHERE p.namespace = {sql.Add(ns)} AND p.trace_id = s.trace_id AND p.span_id = s.span_id AND p.key = {sql.Add(key)})";

    private static string Condition(SearchSql sql, string ns, MetricFilter filter) => (filter.View, filter.Entity) switch
    {
        ("trace", "status") => $"t.state = {sql.Add(filter.Value)}",
        ("trace", var pairs) =>
            $"EXISTS (SELECT 1 FROM {(pairs == "tag" ? "traces_tags" : "traces_metadata")} p WHERE p.namespace = {sql.Add(ns)} AND p.trace_id = t.id AND p.key = {sql.Add(filter.Key)} AND p.value = {sql.Add(filter.Value)})",
        ("span", var column) => $"s.{column} = {sql.Add(filter.Value)}",
        (_, var column) => $"a.{(column == "type" ? "kind" : "name")} = {sql.Add(filter.Value)}",
    };
}
