using System.Net;
using System.Net.Http.Json;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Tests.Insight;

public abstract class InsightTests(DatabaseEngine engine)
{
    [Fact]
    public async Task AChart_KeepsTheExtremesOfALongCurve()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        for (var batch = 0; batch < 5; batch++)
        {
            await host.Mlflow.LogAsync(id, $"\"metrics\": [{string.Join(',', Enumerable.Range(batch * 1000, 1000).Select(i => $$"""{"key": "m", "value": {{(i == 1234 ? 99 : i == 4321 ? -99 : i % 10)}}, "timestamp": {{i}}, "step": {{i}}}"""))}]");
        }

        var chart = (await host.Http.GetFromJsonAsync($"runs/{id}/metric-chart?key=m&points=100", TrackingJson.Default.MetricHistory))!.Points;
        Assert.InRange(chart.Count, 20, 100);
        Assert.Equal((0L, 4999L), (chart[0].Step, chart[^1].Step));
        Assert.Contains(chart, p => (p.Step, p.Value) == (1234, 99));
        Assert.Contains(chart, p => (p.Step, p.Value) == (4321, -99));
        Assert.Equal(chart.OrderBy(p => p.Time), chart);
        await host.Mlflow.LogAsync(id, """ "metrics": [{"key": "m", "value": 500, "timestamp": 9000, "step": 9000}] """);
        chart = (await host.Http.GetFromJsonAsync($"runs/{id}/metric-chart?key=m&points=100", TrackingJson.Default.MetricHistory))!.Points;
        Assert.Equal((9000L, 500.0), (chart[^1].Step, chart[^1].Value));
        Assert.Empty((await host.Http.GetFromJsonAsync($"runs/{id}/metric-chart?key=other", TrackingJson.Default.MetricHistory))!.Points);
    }

    [Fact]
    public async Task LiveMetrics_BeginWithTheCurrentPointsAndFollow()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        await host.Mlflow.LogAsync(id, """ "metrics": [{"key": "m", "value": 1, "timestamp": 1, "step": 1}] """);
        using var answer = await host.Http.GetAsync(new Uri($"runs/{id}/live-metrics", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("event: current", await lines.ReadLineAsync());
        Assert.Equal("""data: [{"key":"m","value":1,"step":1,"time":"1970-01-01T00:00:00.001+00:00"}]""", await lines.ReadLineAsync());
        await host.Mlflow.PostAsync("runs/log-metric", $$"""{"run_id": "{{id}}", "key": "m", "value": "NaN", "timestamp": 2, "step": 2}""");
        _ = await lines.ReadLineAsync();
        Assert.Equal("event: points", await lines.ReadLineAsync());
        Assert.Contains("\"value\":\"NaN\",\"step\":2", await lines.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NestedRuns_AreATree()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var root = await host.Mlflow.RunAsync("0");
        async Task<string> ChildAsync(string parent, int start) =>
            await host.Mlflow.RunAsync("0", $$""" "start_time": {{start}}, "tags": [{"key": "mlflow.parentRunId", "value": "{{parent}}"}] """);
        var (a, b) = (await ChildAsync(root, 2), await ChildAsync(root, 1));
        var leaf = await ChildAsync(a, 3);
        await host.Mlflow.PostAsync("runs/set-tag", $$"""{"run_id": "{{root}}", "key": "mlflow.parentRunId", "value": "{{leaf}}"}""");
        var tree = await host.Http.GetFromJsonAsync($"runs/{root}/tree", TrackingJson.Default.RunNode);
        Assert.Equal([b, a], tree!.Children.Select(c => c.Run.Id));
        Assert.Equal(leaf, Assert.Single(tree.Children[1].Children).Run.Id);
        Assert.Empty(tree.Children[1].Children[0].Children);
    }

    [Fact]
    public async Task AComparison_HasOneColumnForEachRun()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var (a, b) = (await host.Mlflow.RunAsync("0", "\"run_name\": \"a\""), await host.Mlflow.RunAsync("0", "\"run_name\": \"b\""));
        await host.Mlflow.LogAsync(a, """ "params": [{"key": "same", "value": "1"}, {"key": "lr", "value": "0.1"}], "metrics": [{"key": "m", "value": 1, "timestamp": 1}] """);
        await host.Mlflow.LogAsync(b, """ "params": [{"key": "same", "value": "1"}, {"key": "lr", "value": "0.2"}] """);
        var whole = await host.Http.GetFromJsonAsync($"run-comparison?run={b}&run={a}", TrackingJson.Default.RunComparison);
        Assert.Equal(["0.2", "0.1"], whole!.Parameters["lr"]);
        Assert.Equal([null, 1.0], whole.Metrics["m"]);
        Assert.Equal(["b", "a"], whole.Runs.Select(r => r.Name));
        var different = await host.Http.GetFromJsonAsync($"run-comparison?run={b}&run={a}&only=differences", TrackingJson.Default.RunComparison);
        Assert.Equal(["lr"], different!.Parameters.Keys);
    }

    [Theory]
    [InlineData("run-comparison?run=a", HttpStatusCode.BadRequest)]
    [InlineData("run-comparison?run=a&run=..", HttpStatusCode.BadRequest)]
    [InlineData("run-comparison?run=a&run=b&only=x", HttpStatusCode.BadRequest)]
    [InlineData("run-comparison?run=a&run=b", HttpStatusCode.NotFound)]
    [InlineData("runs/a/metric-chart", HttpStatusCode.BadRequest)]
    [InlineData("runs/a/metric-chart?key=m&points=3", HttpStatusCode.BadRequest)]
    [InlineData("runs/a/metric-chart?key=m", HttpStatusCode.NotFound)]
    [InlineData("runs/a/live-metrics", HttpStatusCode.NotFound)]
    [InlineData("runs/..a/live-metrics", HttpStatusCode.BadRequest)]
    [InlineData("runs/a/tree", HttpStatusCode.NotFound)]
    [InlineData("runs/..a/tree", HttpStatusCode.BadRequest)]
    public async Task BadInput_IsTheCallersFault(string path, HttpStatusCode status)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        Assert.Equal(status, (await host.Http.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
    }
}

public sealed class SqliteInsightTests() : InsightTests(DatabaseEngine.Sqlite);

public sealed class PostgreSqlInsightTests() : InsightTests(DatabaseEngine.PostgreSql);
