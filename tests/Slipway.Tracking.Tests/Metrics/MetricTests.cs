using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Tracking.Tests.Metrics;

public abstract class MetricTests(DatabaseEngine engine)
{
    [Fact]
    public async Task AHistory_IsSortedFreeOfDoublesAndPaged()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        foreach (var (value, time, step) in new[] { ("2", 11, 1), ("1", 10, 5), ("1", 10, 5), ("\"NaN\"", 10, 6), ("\"-Infinity\"", 12, -3), ("0.1", 10, 4) })
        {
            await host.Mlflow.PostAsync("runs/log-metric", $$"""{"run_id": "{{id}}", "key": "m a", "value": {{value}}, "timestamp": {{time}}, "step": {{step}}}""");
        }

        const string Expected =
            """[{"key":"m a","value":0.1,"timestamp":10,"step":4},{"key":"m a","value":1,"timestamp":10,"step":5},{"key":"m a","value":"NaN","timestamp":10,"step":6},{"key":"m a","value":2,"timestamp":11,"step":1},{"key":"m a","value":-1.7976931348623157E+308,"timestamp":12,"step":-3}]""";
        var (_, whole) = await host.Mlflow.SendAsync(HttpMethod.Get, $"metrics/get-history?run_id={id}&metric_key=m%20a");
        Assert.Equal($$"""{"metrics":{{Expected}}}""", whole);
        var (seen, token) = (new JsonArray(), "");
        do
        {
            var page = await host.Mlflow.GetAsync($"/ajax-api/2.0/mlflow/metrics/get-history?run_id={id}&metric_key=m%20a&max_results=2&page_token={token}");
            foreach (var point in page["metrics"]!.AsArray())
            {
                seen.Add(point!.DeepClone());
            }

            token = (string?)page["next_page_token"];
        }
        while (token is not null);
        Assert.Equal(JsonNode.Parse(Expected)!.ToJsonString(), seen.ToJsonString());

        // A token that only counts, as MLflow's own.
        var counted = Convert.ToBase64String("{\"offset\": 4}"u8);
        Assert.Single((await host.Mlflow.GetAsync($"metrics/get-history?run_id={id}&metric_key=m%20a&max_results=2&page_token={counted}"))["metrics"]!.AsArray());
        Assert.Empty((await host.Mlflow.GetAsync($"metrics/get-history?run_id={id}&metric_key=other"))["metrics"]!.AsArray());
        await host.Mlflow.RefusedAsync($"metrics/get-history?run_id={id}&metric_key=m&page_token=invalid_token", null, 400, "INVALID_PARAMETER_VALUE", "Invalid page token");
    }

    [Fact]
    public async Task AHistoryLongerThanAChunk_ComesWhole()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        for (var batch = 0; batch < 21; batch++)
        {
            await host.Mlflow.LogAsync(id, $"\"metrics\": [{string.Join(',', Enumerable.Range(batch * 1000, 1000).Select(i => $$"""{"key": "m", "value": {{i}}, "timestamp": {{i}}, "step": {{i}}}"""))}]");
        }

        var history = (await host.Mlflow.GetAsync($"metrics/get-history?run_id={id}&metric_key=m"))["metrics"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, 21_000), history.Select(p => (int)p!["step"]!));
        var page = await host.Mlflow.GetAsync($"metrics/get-history?run_id={id}&metric_key=m&max_results=15000");
        Assert.Equal(15_000, page["metrics"]!.AsArray().Count);
        page = await host.Mlflow.GetAsync($"metrics/get-history?run_id={id}&metric_key=m&max_results=15000&page_token={page["next_page_token"]}");
        Assert.Equal((15_000, 6000, null), ((int)page["metrics"]![0]!["step"]!, page["metrics"]!.AsArray().Count, (string?)page["next_page_token"]));
    }

    [Fact]
    public async Task HistoriesOfSeveralRuns_ComeByRunThenTime()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        string[] ids = [await host.Mlflow.RunAsync("0"), await host.Mlflow.RunAsync("0")];
        foreach (var id in ids)
        {
            await host.Mlflow.LogAsync(id, """ "metrics": [{"key": "m", "value": 2, "timestamp": 2, "step": 3}, {"key": "m", "value": 1, "timestamp": 1, "step": 9}] """);
        }

        var found = (await host.Mlflow.GetAsync($"/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={ids[0]}&run_id={ids[1]}&run_id=none&metric_key=m"))["metrics"]!.AsArray();
        Assert.Equal(
            ids.Order(StringComparer.Ordinal).SelectMany(id => new[] { (id, 1), (id, 2) }), found.Select(p => ((string)p!["run_id"]!, (int)p["value"]!)));
        Assert.Equal(3, (await host.Mlflow.GetAsync($"/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={ids[0]}&run_id={ids[1]}&metric_key=m&max_results=3"))["metrics"]!.AsArray().Count);
    }

    [Fact]
    public async Task AnInterval_IsSampledOverWhatWasLogged()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        string[] ids = [await host.Mlflow.RunAsync("0"), await host.Mlflow.RunAsync("0")];
        foreach (var (id, count) in ids.Zip([10, 20]))
        {
            await host.Mlflow.LogAsync(id, $"\"metrics\": [{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"key": "m", "value": 10, "timestamp": 1, "step": {{i}}}"""))}]");
        }

        const string Path = "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?metric_key=m&max_results=5";
        async Task<string> StepsAsync(string more) => string.Join(", ", (await host.Mlflow.GetAsync(Path + more))["metrics"]!.AsArray().Select(p => (int)p!["step"]!));
        Assert.Equal("0, 2, 4, 6, 8, 9", await StepsAsync($"&run_ids={ids[0]}"));
        Assert.Equal("0, 1, 2, 3, 4", await StepsAsync($"&run_ids={ids[0]}&start_step=0&end_step=4"));
        Assert.Equal("0, 4, 8, 9, 0, 4, 8, 9, 12, 16, 19", await StepsAsync($"&run_ids={ids[0]}&run_ids={ids[1]}"));
        Assert.Empty(await StepsAsync("&run_ids=none"));
    }

    [Theory]
    [InlineData("metrics/get-history-bulk?metric_key=k", "GetMetricHistoryBulk request must specify at least one run_id")]
    [InlineData("metrics/get-history-bulk?run_id=a", "GetMetricHistoryBulk request must specify a metric_key")]
    [InlineData("metrics/get-history-bulk-interval?metric_key=k", "Missing value for required parameter 'run_ids'.")]
    [InlineData("metrics/get-history-bulk-interval?run_ids=a&metric_key=", "Missing value for required parameter 'metric_key'")]
    [InlineData("metrics/get-history-bulk-interval?run_ids=a&metric_key=k&max_results=0", "max_results must be between 1 and 2500")]
    [InlineData("metrics/get-history-bulk-interval?run_ids=a&metric_key=k&start_step=1&end_step=0", "end_step must be greater than start_step.")]
    [InlineData("metrics/get-history-bulk-interval?run_ids=a&metric_key=k&start_step=1", "If either start step or end step are specified, both must be specified.")]
    [InlineData("metrics/get-history?metric_key=k", "Missing value for required parameter 'run_id'")]
    [InlineData("metrics/get-history?run_id=a", "Missing value for required parameter 'metric_key'")]
    public async Task BadInput_IsRefusedInMlflowsWords(string path, string words)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.Mlflow.RefusedAsync(path, null, 400, "INVALID_PARAMETER_VALUE", words);
        var many = string.Concat(Enumerable.Range(0, 101).Select(i => $"&run_id=id{i}&run_ids=id{i}"));
        await host.Mlflow.RefusedAsync("metrics/get-history-bulk?metric_key=k" + many, null, 400, "INVALID_PARAMETER_VALUE", "cannot specify more than 100 run_ids. Received 101");
        await host.Mlflow.RefusedAsync("metrics/get-history-bulk-interval?metric_key=k" + many, null, 400, "INVALID_PARAMETER_VALUE", "must specify at most 100 run_ids.");
    }

    [Fact]
    public async Task AMetricOfAModel_IsKeptWithRunAndModel()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var run = await host.Mlflow.RunAsync("0");
        var model = (string)(await host.Mlflow.PostAsync("logged-models", """{"experiment_id": "0"}"""))["model"]!["info"]!["model_id"]!;
        await host.Mlflow.PostAsync(
            "runs/log-metric", $$"""{"run_id": "{{run}}", "key": "m", "value": 0.5, "timestamp": 123, "step": 1, "model_id": "{{model}}", "dataset_name": "n", "dataset_digest": "d"}""");
        await host.Mlflow.LogAsync(run, $$""" "metrics": [{"key": "k", "value": 1, "timestamp": 1, "model_id": "{{model}}"}, {"key": "other", "value": 1, "timestamp": 1, "model_id": "m-gone"}] """);
        Assert.Equal(
            $$"""[{"key":"k","value":1,"timestamp":1,"step":0,"model_id":"{{model}}","run_id":"{{run}}"},{"key":"m","value":0.5,"timestamp":123,"step":1,"dataset_name":"n","dataset_digest":"d","model_id":"{{model}}","run_id":"{{run}}"}]""",
            (await host.Mlflow.GetAsync($"logged-models/{model}"))["model"]!["data"]!["metrics"]!.ToJsonString());
        Assert.Equal(3, (await host.Mlflow.GetAsync($"runs/get?run_id={run}"))["run"]!["data"]!["metrics"]!.AsArray().Count);
    }
}

public sealed class SqliteMetricTests() : MetricTests(DatabaseEngine.Sqlite);

public sealed class PostgreSqlMetricTests() : MetricTests(DatabaseEngine.PostgreSql);
