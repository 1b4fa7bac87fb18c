using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Platform.Database;
using Slipway.Platform.Events;

namespace Slipway.Tracking.Tests.Runs;

public abstract class RunTests(DatabaseEngine engine)
{
    [Fact]
    public async Task ARun_HasWhatItWasMadeWith()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var made = (await host.Mlflow.PostAsync(
            "runs/create", """{"experiment_id": "0", "user_id": "ada", "run_name": "first", "start_time": 456, "tags": [{"key": "a", "value": "b"}]}"""))["run"]!;
        var id = (string)made["info"]!["run_id"]!;
        var expected = $$"""{"run_id":"{{id}}","run_uuid":"{{id}}","run_name":"first","experiment_id":"0","user_id":"ada","status":"RUNNING","start_time":456,"artifact_uri":"mlflow-artifacts:/0/{{id}}/artifacts","lifecycle_stage":"active"}""";
        Assert.Equal(expected, made["info"]!.ToJsonString());
        var read = (await host.Mlflow.GetAsync($"runs/get?run_id={id}"))["run"]!;
        Assert.Equal(expected, read["info"]!.ToJsonString());
        Assert.Equal("""{"metrics":[],"tags":[{"key":"a","value":"b"},{"key":"mlflow.runName","value":"first"}]}""", read["data"]!.ToJsonString());
        Assert.Equal("{}{}", read["inputs"]!.ToJsonString() + read["outputs"]!.ToJsonString());
        Assert.Equal(id, (string?)(await host.Mlflow.GetAsync($"/ajax-api/2.0/mlflow/runs/get?run_uuid={id}"))["run"]!["info"]!["run_id"]);
    }

    [Fact]
    public async Task ARunWithoutAName_GetsOne()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var run = (await host.Mlflow.PostAsync("runs/create", """{"experiment_id": "0", "start_time": 1}"""))["run"]!;
        Assert.Matches("^[a-z]+-[a-z]+-[0-9]{1,3}$", (string?)run["info"]!["run_name"]);
        Assert.Equal((string?)run["info"]!["run_name"], (string?)run["data"]!["tags"]![0]!["value"]);
        var tagged = await host.Mlflow.PostAsync("runs/create", """{"experiment_id": "0", "tags": [{"key": "mlflow.runName", "value": "tagged"}]}""");
        Assert.Equal("tagged", (string?)tagged["run"]!["info"]!["run_name"]);
        await host.Mlflow.RefusedAsync(
            "runs/create", """{"run_name": "a", "tags": [{"key": "mlflow.runName", "value": "b"}]}""", 400, "INVALID_PARAMETER_VALUE", "but with different values");
    }

    [Fact]
    public async Task ARun_IsEndedRenamedDeletedAndRestored()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        var info = (await host.Mlflow.PostAsync("runs/update", $$"""{"run_id": "{{id}}", "status": "FINISHED", "end_time": 9, "run_name": "done"}"""))["run_info"]!;
        Assert.Equal(("FINISHED", 9, "done"), ((string?)info["status"], (int?)info["end_time"], (string?)info["run_name"]));
        info = (await host.Mlflow.PostAsync("runs/update", $$"""{"run_uuid": "{{id}}", "status": 1}"""))["run_info"]!;
        Assert.Equal(("RUNNING", 9), ((string?)info["status"], (int?)info["end_time"]));
        await host.Mlflow.PostAsync("runs/set-tag", $$"""{"run_id": "{{id}}", "key": "mlflow.runName", "value": "by tag"}""");
        Assert.Equal("by tag", (string?)(await host.Mlflow.GetAsync($"runs/get?run_id={id}"))["run"]!["info"]!["run_name"]);
        await host.Mlflow.PostAsync("runs/delete", $$"""{"run_id": "{{id}}"}""");
        foreach (var (path, more) in new[]
        {
            ("runs/update", "\"status\": \"FAILED\""), ("runs/set-tag", "\"key\": \"a\", \"value\": \"b\""), ("runs/delete-tag", "\"key\": \"a\""),
            ("runs/log-parameter", "\"key\": \"a\", \"value\": \"b\""), ("runs/log-metric", "\"key\": \"a\", \"value\": 1, \"timestamp\": 1"),
            ("runs/log-batch", "\"tags\": []"), ("runs/log-inputs", "\"datasets\": []"), ("runs/outputs", "\"models\": []"),
        })
        {
            await host.Mlflow.RefusedAsync(
                path, $$"""{"run_id": "{{id}}", {{more}}}""", 400, "INVALID_PARAMETER_VALUE", $"The run {id} must be in the 'active' state. Current state is deleted.");
        }

        await host.Mlflow.PostAsync("runs/restore", $$"""{"run_id": "{{id}}"}""");
        Assert.Equal("active", (string?)(await host.Mlflow.GetAsync($"runs/get?run_id={id}"))["run"]!["info"]!["lifecycle_stage"]);
        var events = await host.Floor.Events.ReadAsync(0, new EventFilter("run."), 100, default);
        Assert.Equal(["run.started", "run.finished", "run.started", "run.deleted", "run.restored"], events.Select(e => e.Type));
    }

    [Fact]
    public async Task ABatch_KeepsItsMetricsParamsAndTags()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        await host.Mlflow.LogAsync(id, """
            "metrics": [{"key": "m", "value": 1.5, "timestamp": 10, "step": 1}, {"key": "m", "value": "NaN", "timestamp": 11, "step": 2}, {"key": "inf", "value": "Infinity", "timestamp": "12"}],
            "params": [{"key": "p", "value": "v"}, {"key": "empty", "value": ""}], "tags": [{"key": "t", "value": ""}, {"key": "mlflow.runName", "value": "n"}]
            """);
        var data = (await host.Mlflow.GetAsync($"runs/get?run_id={id}"))["run"]!["data"]!;
        Assert.Equal(
            """{"metrics":[{"key":"inf","value":1.7976931348623157E+308,"timestamp":12,"step":0},{"key":"m","value":"NaN","timestamp":11,"step":2}],"params":[{"key":"empty","value":""},{"key":"p","value":"v"}],"tags":[{"key":"mlflow.runName","value":"n"},{"key":"t","value":""}]}""",
            data.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public async Task AParameter_IsSetOnceAndABatchThatChangesOneKeepsNothing()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        await host.Mlflow.PostAsync("runs/log-parameter", $$"""{"run_id": "{{id}}", "key": "p", "value": "1"}""");
        await host.Mlflow.PostAsync("runs/log-parameter", $$"""{"run_id": "{{id}}", "key": "p", "value": "1"}""");
        await host.Mlflow.RefusedAsync(
            "runs/log-parameter", $$"""{"run_id": "{{id}}", "key": "p", "value": "2"}""", 400, "INVALID_PARAMETER_VALUE",
            $"Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='{id}'. Attempted logging new value '2'.");
        await host.Mlflow.RefusedAsync(
            "runs/log-batch", $$"""{"run_id": "{{id}}", "params": [{"key": "q", "value": "1"}, {"key": "p", "value": "3"}], "metrics": [{"key": "m", "value": 1, "timestamp": 1}]}""", 400,
            "INVALID_PARAMETER_VALUE", "Params were already logged='[{'key': 'p', 'old_value': '1', 'new_value': '3'}]'");
        var data = (await host.Mlflow.GetAsync($"runs/get?run_id={id}"))["run"]!["data"]!;
        Assert.Equal("""[{"key":"p","value":"1"}][]""", data["params"]!.ToJsonString() + data["metrics"]!.ToJsonString());
    }

    [Fact]
    public async Task LongValues_AreCutAsMlflowCutsThem()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        var value = new string('x', 9000);
        await host.Mlflow.LogAsync(id, $$"""
            "params": [{"key": "{{new string('k', 250)}}", "value": "{{value}}"}], "tags": [{"key": "t", "value": "{{value}}"}]
            """);
        var data = (await host.Mlflow.GetAsync($"runs/get?run_id={id}"))["run"]!["data"]!;
        Assert.Equal((6000, 8000), (((string)data["params"]![0]!["value"]!).Length, ((string)data["tags"]!.AsArray().Single(t => (string?)t!["key"] == "t")!["value"]!).Length));
    }

    [Fact]
    public async Task ATag_IsTakenAway()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        await host.Mlflow.PostAsync("runs/set-tag", $$"""{"run_uuid": "{{id}}", "key": "größe", "value": "日本 🚢"}""");
        var tags = (await host.Mlflow.GetAsync($"runs/get?run_id={id}"))["run"]!["data"]!["tags"]!.AsArray();
        Assert.Equal("日本 🚢", (string?)tags.Single(t => (string?)t!["key"] == "größe")!["value"]);
        await host.Mlflow.PostAsync("runs/delete-tag", $$"""{"run_id": "{{id}}", "key": "größe"}""");
        await host.Mlflow.RefusedAsync(
            "runs/delete-tag", $$"""{"run_id": "{{id}}", "key": "größe"}""", 404, "RESOURCE_DOES_NOT_EXIST", $"No tag with name: größe in run with id {id}");
    }

    [Theory]
    [InlineData("runs/log-metric", """{"run_id": 31, "key": "k", "value": 41, "timestamp": 59}""", "Invalid value 31 for parameter 'run_id' supplied")]
    [InlineData("runs/log-metric", """{"run_id": "r", "key": 31, "value": 41, "timestamp": 59}""", "Invalid value 31 for parameter 'key' supplied")]
    [InlineData("runs/log-metric", """{"run_id": "r", "key": "k", "value": 31, "timestamp": 59, "step": "foo"}""", "Invalid value \"foo\" for parameter 'step' supplied")]
    [InlineData("runs/log-metric", """{"run_id": "r", "key": "k", "value": 31, "timestamp": "foo"}""", "Invalid value \"foo\" for parameter 'timestamp' supplied")]
    [InlineData("runs/log-metric", """{"run_id": null, "key": "k", "value": 31, "timestamp": 59}""", "Missing value for required parameter 'run_id'")]
    [InlineData("runs/log-metric", """{"run_id": "r", "key": null, "value": 31, "timestamp": 59}""", "Missing value for required parameter 'key'")]
    [InlineData("runs/log-metric", """{"run_id": "r", "key": "k", "timestamp": 59}""", "Missing value for required parameter 'value'")]
    [InlineData("runs/log-metric", """{"run_id": "r", "key": "k", "value": 1}""", "Missing value for required parameter 'timestamp'")]
    [InlineData("runs/log-metric", """{"run_id": "r", "key": "k", "value": 1, "timestamp": -1}""", "Timestamp must be a nonnegative long")]
    [InlineData("runs/log-metric", """{"run_id": "r", "key": "k", "value": 1, "timestamp": 9223372036854775807}""", "too far from 1970")]
    [InlineData("runs/log-metric", """{"run_id": "r", "key": "../k", "value": 1, "timestamp": 1}""", "This name would resolve to '../k'")]
    [InlineData("runs/log-metric", """{"run_id": "r", "key": "a?", "value": 1, "timestamp": 1}""", "Names may only contain alphanumerics")]
    [InlineData("runs/log-parameter", """{"run_id": "r", "key": 31, "value": "a"}""", "Invalid value 31 for parameter 'key' supplied")]
    [InlineData("runs/set-tag", """{"run_id": "r", "key": "p", "value": 41}""", "Invalid value 41 for parameter 'value' supplied")]
    [InlineData("runs/set-tag", """{"run_id": "r", "value": "v"}""", "Missing value for required parameter 'key'")]
    [InlineData("runs/log-batch", """{"run_id": "r", "metrics": "foo"}""", "Invalid value \"foo\" for parameter 'metrics' supplied")]
    [InlineData("runs/log-batch", """{"run_id": "r", "metrics": [{"key": "mae", "value": 2.5}]}""", "Missing value for required parameter 'metrics[0].timestamp'")]
    [InlineData("runs/log-batch", """{"run_id": "r", "params": [{"key": "a"}, {"value": "b"}]}""", "Missing value for required parameter 'params[1].key'")]
    [InlineData("runs/log-batch", """{"run_id": "r", "params": [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}]}""", "Duplicate parameter keys have been submitted: ['a']")]
    [InlineData("runs/log-batch", """{"run_id": "../r"}""", "Invalid value \"../r\" for parameter 'run_id' supplied")]
    [InlineData("runs/log-model", """{"run_id": "r", "model_json": "{"}""", "Malformed model info")]
    [InlineData("runs/log-model", """{"run_id": "r", "model_json": "{\"run_id\": 1}"}""", "Model json is missing mandatory fields: {'artifact_path', 'flavors', 'utc_time_created'}")]
    [InlineData("runs/search", """{"experiment_ids": ["0"], "max_results": 123456789}""", "Invalid value 123456789 for parameter 'max_results' supplied")]
    [InlineData("runs/update", """{"run_id": "r", "status": "ODD"}""", "It must be one of RUNNING")]
    [InlineData("runs/get", null, "Missing value for required parameter 'run_id'. See the API docs for more information about request parameters.")]
    public async Task BadInput_IsRefusedInMlflowsWords(string path, string? body, string words)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.Mlflow.RefusedAsync(path, body, 400, "INVALID_PARAMETER_VALUE", words);
    }

    [Theory]
    [InlineData("metrics", 1001, 1000)]
    [InlineData("params", 101, 100)]
    [InlineData("tags", 101, 100)]
    public async Task ABatchBeyondTheLimits_IsRefused(string what, int count, int most)
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var items = string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"key": "k{{i}}", "value": "1", "timestamp": 1}"""));
        await host.Mlflow.RefusedAsync(
            "runs/log-batch", $$"""{"run_id": "r", "{{what}}": [{{items}}]}""", 400, "INVALID_PARAMETER_VALUE", $"A batch logging request can contain at most {most} {what}. Got {count} {what}.");
    }

    [Fact]
    public async Task ARunThatIsNotThere_IsNotFound()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        await host.Mlflow.RefusedAsync("runs/get?run_id=nothing", null, 404, "RESOURCE_DOES_NOT_EXIST", "Run with id=nothing not found");
        await host.Mlflow.RefusedAsync("runs/log-metric", """{"run_id": "x", "key": "k", "value": 1, "timestamp": 1}""", 404, "RESOURCE_DOES_NOT_EXIST", "Run with id=x not found");
        await host.Mlflow.RefusedAsync("runs/delete", """{"run_id": "x"}""", 404, "RESOURCE_DOES_NOT_EXIST", "Run with id=x not found");
        await host.Mlflow.RefusedAsync("runs/create", """{"experiment_id": "99"}""", 404, "RESOURCE_DOES_NOT_EXIST", "No Experiment with id=99 exists");
    }

    [Fact]
    public async Task LoggedModels_AreKeptInTheHistoryTag()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        foreach (var path in new[] { "a", "b" })
        {
            var model = JsonSerializer.Serialize($$"""{"run_id": "{{id}}", "artifact_path": "{{path}}", "flavors": {}, "utc_time_created": "now"}""");
            await host.Mlflow.PostAsync("runs/log-model", $$"""{"run_id": "{{id}}", "model_json": {{model}}}""");
        }

        var tags = (await host.Mlflow.GetAsync($"runs/get?run_id={id}"))["run"]!["data"]!["tags"]!.AsArray();
        var history = JsonNode.Parse((string)tags.Single(t => (string?)t!["key"] == "mlflow.log-model.history")!["value"]!)!.AsArray();
        Assert.Equal(["a", "b"], history.Select(m => (string?)m!["artifact_path"]));
    }

    [Fact]
    public async Task EightWritersAtOnce_LoseNothing()
    {
        await using var host = await TrackingHost.StartAsync(engine);
        var id = await host.Mlflow.RunAsync("0");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async writer =>
        {
            for (var i = 0; i < 25; i++)
            {
                await host.Mlflow.PostAsync("runs/log-metric", $$"""{"run_id": "{{id}}", "key": "m", "value": {{i}}, "timestamp": {{i}}, "step": {{(writer * 1000) + i}}}""");
            }
        }));
        var history = (await host.Mlflow.GetAsync($"metrics/get-history?run_id={id}&metric_key=m"))["metrics"]!.AsArray();
        Assert.Equal(200, history.Count);
        var current = (await host.Mlflow.GetAsync($"runs/get?run_id={id}"))["run"]!["data"]!["metrics"]![0]!;
        Assert.Equal((7024, 24), ((int)current["step"]!, (int)current["value"]!));
    }
}

public sealed class SqliteRunTests() : RunTests(DatabaseEngine.Sqlite);

public sealed class PostgreSqlRunTests() : RunTests(DatabaseEngine.PostgreSql);
