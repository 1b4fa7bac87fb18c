using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Traces.Tests;

public class MetricsOnSqlite() : MetricTests(DatabaseEngine.Sqlite);

public class MetricsOnPostgres() : MetricTests(DatabaseEngine.PostgreSql);

/// <summary>Sums over traces, spans and assessments, on each database.</summary>
public abstract class MetricTests(DatabaseEngine engine)
{
    [Fact]
    public async Task Metrics_AreSummedUpByGroupAndTime()
    {
        await using var host = await TracesHost.StartAsync(engine);
        for (var i = 0; i < 4; i++)
        {
            await host.PutAsync(
                $"tr-{i}", time: 1_000_000 + (i * 40_000), duration: 100 * (i + 1), state: i == 3 ? "ERROR" : "OK", tags: $$"""{"mlflow.traceName": "{{(i % 2 == 0 ? "even" : "odd")}}", "env": "{{i}}"}""",
                metadata: $$"""{"mlflow.trace.tokenUsage": "{\"input_tokens\": {{i}}, \"output_tokens\": 1, \"total_tokens\": {{i + 1}}}", "k": "{{i}}"}""",
                assessments: $$"""[{"assessment_name": "good", "feedback": {"value": {{(i < 3 ? "\"yes\"" : "\"no\"")}} } }, {"assessment_name": "score", "feedback": {"value": {{i}} } }]""");
        }

        await Otlp.LogAsync(host, Otlp.Span(9, 1, 0, "root", 1_000_000, 1_000_300, 1, ("mlflow.spanType", "LLM"), ("mlflow.llm.model", "m1"), ("mlflow.llm.cost", """{"input_cost": 1, "output_cost": 2, "total_cost": 3}""")));
        await Otlp.LogAsync(host, Otlp.Span(9, 2, 1, "child", 1_000_000, 1_000_100, 2, ("mlflow.spanType", "TOOL")));
        (string Query, string Points)[] cases =
        [
            (Q("TRACES", "trace_count", "COUNT"), "COUNT=5"),
            (Q("TRACES", "trace_count", "COUNT", "trace_status"), "ERROR:COUNT=1 OK:COUNT=4"),
            (Q("TRACES", "trace_count", "COUNT", "trace_name"), "even:COUNT=2 odd:COUNT=2"),
            (Q("TRACES", "latency", "AVG", "trace_name"), "even:AVG=200 odd:AVG=300"),
            (Q("TRACES", "latency", "P50", filter: "trace.tag.mlflow.traceName = 'odd'"), "P50.0=300"),
            (Q("TRACES", "latency", "P25", filter: "trace.metadata.k = '3'"), "P25.0=400"),
            (Q("TRACES", "total_tokens", "SUM"), "SUM=10"),
            (Q("TRACES", "input_tokens", "SUM", "trace_name", "trace.status = 'OK'"), "even:SUM=2 odd:SUM=1"),
            (Q("TRACES", "trace_count", "COUNT", time: true), "1970-01-01T00:16:00+00:00:COUNT=2 1970-01-01T00:17:00+00:00:COUNT=1 1970-01-01T00:18:00+00:00:COUNT=2"),
            (Q("TRACES", "trace_count", "COUNT", filter: "trace.status = 'none'"), "COUNT=0"),
            (Q("TRACES", "latency", "AVG", filter: "trace.status = 'none'"), ""),
            (Q("SPANS", "span_count", "COUNT", "span_type"), "LLM:COUNT=1 TOOL:COUNT=1"),
            (Q("SPANS", "latency", "AVG", "span_name", "span.status = 'ERROR'"), "child:AVG=100"),
            (Q("SPANS", "total_cost", "SUM", "span_model_name"), "m1:SUM=3"),
            (Q("ASSESSMENTS", "assessment_count", "COUNT", "assessment_value", "assessment.name = 'good'"), "\"no\":COUNT=1 \"yes\":COUNT=3"),
            (Q("ASSESSMENTS", "assessment_value", "AVG", "assessment_name"), "good:AVG=0.75 score:AVG=1.5"),
        ];
        foreach (var (query, points) in cases)
        {
            var answer = await host.CallAsync("POST", "3.0/mlflow/traces/metrics", query);
            Assert.Equal(points, string.Join(' ', (answer["data_points"] as JsonArray ?? []).Select(Shown)));
        }
    }

    [Theory]
    [InlineData("TRACES", "nothing", "COUNT", "", "", "metric_name must be one of")]
    [InlineData("TRACES", "latency", "SUM", "", "", "Found invalid aggregation_type(s): ['SUM']. Supported aggregation types: ['AVG', 'PERCENTILE']")]
    [InlineData("TRACES", "latency", "AVG", "span_name", "", "Found invalid dimension(s): ['span_name']. Supported dimensions: ['trace_name']")]
    [InlineData("TRACES", "trace_count", "COUNT", "", "status = 'x'", "Invalid identifier 'status'")]
    [InlineData("TRACES", "trace_count", "COUNT", "", "run.status = 'x'", "Invalid view type 'run'")]
    [InlineData("TRACES", "trace_count", "COUNT", "", "trace.color = 'x'", "Invalid entity 'color' specified for view type 'trace'")]
    [InlineData("TRACES", "trace_count", "COUNT", "", "trace.tag = 'x'", "Filtering by tag requires a key")]
    [InlineData("TRACES", "trace_count", "COUNT", "", "trace.status != 'x'", "Invalid comparator: '!=', only '=' operator is supported")]
    [InlineData("TRACES", "trace_count", "COUNT", "", "span.name = 'x'", "Filtering by span is only supported for SPANS view type, got TRACES")]
    [InlineData("TRACES", "latency", "P101", "", "", "Percentile value must be between 0 and 100")]
    public async Task QueriesThatMeanNothing_AreRefused(string view, string metric, string aggregation, string dimension, string filter, string message)
    {
        await using var host = await TracesHost.StartAsync(engine);
        var answer = await host.CallAsync("POST", "3.0/mlflow/traces/metrics", Q(view, metric, aggregation, dimension, filter), 400);
        Assert.Contains(message, (string?)answer["message"], StringComparison.Ordinal);
    }

    private static string Q(string view, string metric, string aggregation, string dimension = "", string filter = "", bool time = false)
    {
        var percentile = aggregation[0] == 'P';
        var query = new JsonObject
        {
            ["experiment_ids"] = new JsonArray("1"),
            ["view_type"] = view,
            ["metric_name"] = metric,
            ["aggregations"] = new JsonArray(percentile
                ? new JsonObject { ["aggregation_type"] = "PERCENTILE", ["percentile_value"] = double.Parse(aggregation[1..], System.Globalization.CultureInfo.InvariantCulture) }
                : new JsonObject { ["aggregation_type"] = aggregation }),
            ["dimensions"] = dimension.Length == 0 ? [] : new JsonArray(dimension),
            ["filters"] = filter.Length == 0 ? [] : new JsonArray(filter),
        };
        if (time)
        {
            (query["time_interval_seconds"], query["start_time_ms"], query["end_time_ms"]) = (60, 0, 2_000_000);
        }

        return query.ToJsonString();
    }

    private static string Shown(JsonNode? point) =>
        (point!["dimensions"] is JsonObject groups ? string.Join(',', groups.Select(g => (string)g.Value!)) + ":" : "")
        + string.Join(',', point["values"]!.AsObject().Select(v => $"{v.Key}={v.Value}"));
}
