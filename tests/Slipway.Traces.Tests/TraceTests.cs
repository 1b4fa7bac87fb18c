using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Traces.Tests;

public class TracesOnSqlite() : TraceTests(DatabaseEngine.Sqlite);

public class TracesOnPostgres() : TraceTests(DatabaseEngine.PostgreSql);

/// <summary>Infos, tags, links and deletion over HTTP, on each database.</summary>
public abstract class TraceTests(DatabaseEngine engine)
{
    [Fact]
    public async Task ATrace_ComesBackAsItWasPut()
    {
        await using var host = await TracesHost.StartAsync(engine);
        var put = await host.PutAsync("tr-123", time: 1234, duration: 100, tags: """{"tag1": "apple", "größe": "🏠"}""", metadata: """{"rq1": "foo"}""", client: "c-1");
        Assert.Equal("mlflow-artifacts:/1/traces/tr-123/artifacts", (string?)put["tags"]!["mlflow.artifactLocation"]);
        Assert.Equal(("1970-01-01T00:00:01.234Z", "0.100s", "OK"), ((string?)put["request_time"], (string?)put["execution_duration"], (string?)put["state"]));
        var got = (await host.CallAsync("GET", "3.0/mlflow/traces/tr-123"))["trace"]!["trace_info"]!;
        Assert.True(JsonNode.DeepEquals(put, got));
        Assert.Equal(("🏠", "foo", "c-1"), ((string?)got["tags"]!["größe"], (string?)got["trace_metadata"]!["rq1"], (string?)got["client_request_id"]));
        Assert.Equal("1", (string?)got["trace_location"]!["mlflow_experiment"]!["experiment_id"]);
        var missing = await host.CallAsync("GET", "3.0/mlflow/traces/tr-none", status: 404);
        Assert.Equal(("RESOURCE_DOES_NOT_EXIST", "Trace with ID 'tr-none' not found."), ((string?)missing["error_code"], (string?)missing["message"]));
        await host.CallAsync("GET", "3.0/mlflow/traces/tr-123", status: 404, workspace: "other");
    }

    [Fact]
    public async Task ExperimentRemovedForGood_TakesItsTracesFilesScorersAndIssuesAlong()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync("tr-1", experiment: "1");
        await host.PutAsync("tr-2", experiment: "2");
        await host.CallAsync("POST", "3.0/mlflow/issues", """{"experiment_id": "1", "name": "n", "description": "d"}""");
        await host.CallAsync("POST", "3.0/mlflow/scorers/register", """{"experiment_id": "1", "name": "s", "serialized_scorer": "{}"}""");
        var dataset = (string)(await host.CallAsync("POST", "3.0/mlflow/datasets/create", """{"name": "d", "experiment_ids": ["1", "2"]}"""))["dataset"]!["dataset_id"]!;

        await host.TellAsync("experiment.removed", "experiments/1");

        for (var waited = Stopwatch.StartNew(); (await host.CallAsync("POST", "3.0/mlflow/issues/search", """{"experiment_id": "1"}"""))["issues"] is not null;)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "the issues of the removed experiment are still there");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.Equal("tr-2", await host.FindAsync(""));
        Assert.Equal(["mlflow-artifacts:/1/traces/tr-1/artifacts"], host.Stored.Deleted);
        Assert.Null((await host.CallAsync("GET", "3.0/mlflow/scorers/list?experiment_id=1"))["scorers"]?.AsArray().FirstOrDefault());
        Assert.Equal("""["2"]""", (await host.CallAsync("GET", $"3.0/mlflow/datasets/{dataset}/experiment-ids"))["experiment_ids"]!.ToJsonString());
    }

    [Theory]
    [InlineData("{}", 400)]
    [InlineData("""{"trace": {}}""", 400)]
    [InlineData("""{"trace": {"trace_info": {}}}""", 400)]
    [InlineData("""{"trace": {"trace_info": {"trace_id": "t", "request_time": "yesterday"}}}""", 400)]
    [InlineData("""{"trace": {"trace_info": {"trace_id": "t", "execution_duration": "5"}}}""", 400)]
    [InlineData("""{"trace": {"trace_info": {"trace_id": "t", "state": "GOOD"}}}""", 400)]
    [InlineData("""{"trace": {"trace_info": {"trace_id": "t", "tags": {"": "x"}}}}""", 400)]
    [InlineData("""{"trace": {"trace_info": {"trace_id": "t", "assessments": [{"assessment_name": "x"}]}}}""", 400)]
    [InlineData("""{"trace": {"trace_info": {"trace_id": "t", "trace_location": {"mlflow_experiment": {"experiment_id": "77"}}}}}""", 404)]
    [InlineData("""{"trace": {"trace_info": {"trace_id": "t", "trace_location": {"mlflow_experiment": {"experiment_id": "9"}}}}}""", 400)]
    public async Task TracesThatCannotBe_AreRefusedAndLeaveNothing(string body, int status)
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.CallAsync("POST", "3.0/mlflow/traces", body, status);
        await host.CallAsync("GET", "3.0/mlflow/traces/t", status: 404);
    }

    [Fact]
    public async Task Tags_AreSetReplacedAndDeleted()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync("tr-1");
        await host.CallAsync("PATCH", "3.0/mlflow/traces/tr-1/tags", """{"key": "a", "value": "1"}""");
        await host.CallAsync("PATCH", "2.0/mlflow/traces/tr-1/tags", """{"key": "a", "value": "2"}""");
        await host.CallAsync("PATCH", "3.0/mlflow/traces/tr-1/tags", """{"key": "b", "value": ""}""");
        var tags = (await host.CallAsync("GET", "3.0/mlflow/traces/tr-1"))["trace"]!["trace_info"]!["tags"]!;
        Assert.Equal(("2", ""), ((string?)tags["a"], (string?)tags["b"]));
        await host.CallAsync("DELETE", "3.0/mlflow/traces/tr-1/tags", """{"key": "a"}""");
        await host.CallAsync("DELETE", "2.0/mlflow/traces/tr-1/tags?key=b");
        var gone = await host.CallAsync("DELETE", "3.0/mlflow/traces/tr-1/tags", """{"key": "a"}""", 404);
        Assert.Equal("No trace tag with key 'a' for trace with ID 'tr-1'", (string?)gone["message"]);
        await host.CallAsync("PATCH", "3.0/mlflow/traces/none/tags", """{"key": "a", "value": "1"}""", 404);
        await host.CallAsync("PATCH", "3.0/mlflow/traces/tr-1/tags", """{"value": "1"}""", 400);
        Assert.Contains("Invalid value", (string?)(await host.CallAsync("PATCH", "3.0/mlflow/traces/tr-1/tags", """{"key": "../", "value": "1"}""", 400))["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Searches_FindWhatMlflowFinds()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync("tr-0", "2", 0, 6, "OK", """{"mlflow.traceName": "ddd"}""", """{"mlflow.sourceRun": "run0"}""");
        await host.PutAsync("tr-1", "2", 1, 2, "ERROR", """{"mlflow.traceName": "aaa", "fruit": "apple", "color": "red"}""", """{"mlflow.sourceRun": "run1"}""");
        await host.PutAsync("tr-2", "1", 2, 4, "STATE_UNSPECIFIED", """{"mlflow.traceName": "bbb", "fruit": "apple", "color": "green"}""");
        await host.PutAsync("tr-3", "1", 3, 10, "OK", """{"mlflow.traceName": "ccc", "fruit": "orange"}""", client: "Req-9");
        await host.PutAsync("tr-4", "1", 4, 10, "OK", """{"mlflow.traceName": "ddd", "color": "blue"}""");
        await host.CallAsync("POST", "2.0/mlflow/traces/link-to-run", """{"trace_ids": ["tr-4", "tr-4"], "run_id": "run0"}""");
        await host.CallAsync("POST", "2.0/mlflow/traces/link-prompts", """{"trace_id": "tr-3", "prompt_versions": [{"name": "qa", "version": "1"}]}""");
        (string Filter, string Order, string Found)[] cases =
        [
            ("", "", "tr-4 tr-3 tr-2 tr-1 tr-0"),
            ("", "timestamp", "tr-0 tr-1 tr-2 tr-3 tr-4"),
            ("", "execution_time DESC;timestamp ASC", "tr-3 tr-4 tr-0 tr-2 tr-1"),
            ("", "experiment_id", "tr-4 tr-3 tr-2 tr-1 tr-0"),
            ("", "status", "tr-1 tr-4 tr-3 tr-0 tr-2"),
            ("", "name", "tr-1 tr-2 tr-3 tr-4 tr-0"),
            ("", "tag.fruit;tag.color", "tr-2 tr-1 tr-3 tr-4 tr-0"),
            ("", "tag.nonexistent", "tr-4 tr-3 tr-2 tr-1 tr-0"),
            ("", "run_id", "tr-0 tr-1 tr-4 tr-3 tr-2"),
            ("name = 'aaa'", "", "tr-1"),
            ("trace.name != 'aaa'", "", "tr-4 tr-3 tr-2 tr-0"),
            ("attributes.status = 'OK'", "", "tr-4 tr-3 tr-0"),
            ("status IN ('ERROR', 'STATE_UNSPECIFIED')", "", "tr-2 tr-1"),
            ("`timestamp` >= 1 AND execution_time < 10", "", "tr-2 tr-1"),
            ("end_time_ms > 13", "", "tr-4"),
            ("tags.fruit = 'apple' and tags.color != 'red'", "", "tr-2"),
            ("tag.fruit ILIKE 'APP%'", "", "tr-2 tr-1"),
            ("tag.fruit LIKE 'APP%'", "", ""),
            ("tag.fruit RLIKE '^(app|ora)'", "", "tr-3 tr-2 tr-1"),
            ("tag.fruit = 'orange' OR (status = 'ERROR' AND tag.color = 'red')", "", "tr-3 tr-1"),
            ("run_id = 'run0'", "", "tr-4 tr-0"),
            ("metadata.mlflow.sourceRun != 'run0'", "", "tr-1"),
            ("request_metadata.`mlflow.sourceRun` IS NULL", "", "tr-4 tr-3 tr-2"),
            ("metadata.mlflow.sourceRun IS NOT NULL", "", "tr-1 tr-0"),
            ("client_request_id ILIKE '%req%'", "", "tr-3"),
            ("request_id = 'tr-2'", "", "tr-2"),
            ("prompt = \"qa/1\"", "", "tr-3"),
            ("prompt = \"qa/2\"", "", ""),
        ];
        foreach (var (filter, order, found) in cases)
        {
            Assert.Equal((filter, order, found), (filter, order, await host.FindAsync(filter, order)));
        }

        Assert.Equal("", await host.FindAsync("", experiments: "3"));
    }

    [Theory]
    [InlineData("invalid", "Invalid clause(s) in filter string")]
    [InlineData("name = 'foo' AND invalid", "Invalid clause(s) in filter string")]
    [InlineData("foo.bar = 'baz'", "Invalid entity type 'foo'")]
    [InlineData("invalid = 'foo'", "Invalid attribute key 'invalid'")]
    [InlineData("trace.tags.foo = 'bar'", "Invalid attribute key 'tags.foo'")]
    [InlineData("trace.status < 'OK'", "Invalid comparator '<'")]
    [InlineData("name IN ('foo', 'bar')", "Invalid comparator 'IN'")]
    [InlineData("span.duration = \"1000\"", "Invalid span attribute 'duration'. Supported attributes: name, status, type, attributes.<attribute_name>.")]
    [InlineData("span.content = \"test\"", "span.content comparator '=' not one of ")]
    [InlineData("prompt LIKE \"%qa%\"", "Invalid comparator 'LIKE' for prompts filter. Only '=' is supported with format: prompt = \"name/version\"")]
    [InlineData("prompt = \"foo/1/baz\"", "Invalid prompts filter value 'foo/1/baz'. Expected format: prompt = \"name/version\"")]
    [InlineData("timestamp = 'x'", "Expected numeric value")]
    [InlineData("tag.a RLIKE '('", "Invalid pattern")]
    public async Task FiltersThatMeanNothing_AreRefusedInMlflowsWords(string filter, string message)
    {
        await using var host = await TracesHost.StartAsync(engine);
        var body = new JsonObject { ["locations"] = JsonNode.Parse("""[{"mlflow_experiment": {"experiment_id": "1"}}]"""), ["filter"] = filter };
        var answer = await host.CallAsync("POST", "3.0/mlflow/traces/search", body.ToJsonString(), 400);
        Assert.Equal("INVALID_PARAMETER_VALUE", (string?)answer["error_code"]);
        Assert.Contains(message, (string?)answer["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_HoldEveryTraceOnce()
    {
        await using var host = await TracesHost.StartAsync(engine);
        for (var i = 0; i < 7; i++)
        {
            await host.PutAsync($"tr-{i}", time: 100 + (i / 3));
        }

        var (seen, token) = (new List<string>(), (string?)null);
        do
        {
            var page = await host.CallAsync("POST", "3.0/mlflow/traces/search", $$$"""{"locations": [{"mlflow_experiment": {"experiment_id": "1"}}], "max_results": 3, "page_token": "{{{token}}}"}""");
            seen.AddRange(page["traces"]!.AsArray().Select(t => (string)t!["trace_id"]!));
            token = (string?)page["next_page_token"];
        }
        while (token is not null);
        Assert.Equal(["tr-6", "tr-3", "tr-4", "tr-5", "tr-0", "tr-1", "tr-2"], seen);
        await host.CallAsync("POST", "3.0/mlflow/traces/search", """{"locations": [], "max_results": 501}""", 400);
        await host.CallAsync("POST", "3.0/mlflow/traces/search", """{"locations": [], "page_token": "x"}""", 400);
        await host.CallAsync("POST", "3.0/mlflow/traces/search", "{}", 400);
    }

    [Fact]
    public async Task Deleting_TakesTheTraceWithItsFiles()
    {
        await using var host = await TracesHost.StartAsync(engine);
        foreach (var i in Enumerable.Range(1, 6))
        {
            await host.PutAsync($"tr-{i}", time: i);
        }

        await host.PutAsync("tr-other", "2", 1);
        async Task<long> DeleteAsync(string body) => (long)(await host.CallAsync("POST", "3.0/mlflow/traces/delete-traces", body))["traces_deleted"]!;
        Assert.Equal(1, await DeleteAsync("""{"experiment_id": "1", "max_timestamp_millis": 5, "max_traces": 1}"""));
        Assert.Equal(1, await DeleteAsync("""{"experiment_id": "1", "max_timestamp_millis": 2}"""));
        Assert.Equal(2, await DeleteAsync("""{"experiment_id": "1", "request_ids": ["tr-3", "tr-4", "tr-4", "tr-other", "none"]}"""));
        Assert.Equal("tr-6 tr-5 tr-other", await host.FindAsync(""));
        Assert.Contains("mlflow-artifacts:/1/traces/tr-3/artifacts", host.Stored.Deleted);

        // A location that is not the trace's own is not deleted with it.
        await host.CallAsync("PATCH", "3.0/mlflow/traces/tr-5/tags", """{"key": "mlflow.artifactLocation", "value": "mlflow-artifacts:/1"}""");
        Assert.Equal(1, await DeleteAsync("""{"experiment_id": "1", "request_ids": ["tr-5"]}"""));
        Assert.Equal(4, host.Stored.Deleted.Count);
        foreach (var (body, message) in new[]
        {
            ("""{"experiment_id": "1"}""", "Either `max_timestamp_millis` or `trace_ids` must be specified."),
            ("""{"experiment_id": "1", "max_timestamp_millis": 1, "request_ids": ["a"]}""", "Only one of `max_timestamp_millis` and `trace_ids` can be specified."),
            ("""{"experiment_id": "1", "max_traces": 1, "request_ids": ["a"]}""", "`max_traces` can't be specified if `trace_ids` is specified."),
            ("""{"experiment_id": "1", "max_timestamp_millis": 1, "max_traces": 0}""", "`max_traces` must be a positive integer, received 0."),
        })
        {
            Assert.Equal(message, (string?)(await host.CallAsync("POST", "2.0/mlflow/traces/delete-traces", body, 400))["message"]);
        }
    }

    [Fact]
    public async Task ClientsOfMlflow2_StartAndEndTraces()
    {
        await using var host = await TracesHost.StartAsync(engine);
        var started = (await host.CallAsync("POST", "2.0/mlflow/traces", """{"experiment_id": "1", "timestamp_ms": 1234, "request_metadata": [{"key": "rq1", "value": "foo"}], "tags": [{"key": "t", "value": "1"}]}"""))["trace_info"]!;
        var id = (string)started["request_id"]!;
        Assert.Equal(("1", 1234L, "IN_PROGRESS"), ((string?)started["experiment_id"], (long)started["timestamp_ms"]!, (string?)started["status"]));
        var ended = (await host.CallAsync("PATCH", $"2.0/mlflow/traces/{id}", """{"timestamp_ms": "2345", "status": "OK", "request_metadata": [{"key": "rq1", "value": "bar"}], "tags": [{"key": "u", "value": "2"}]}"""))["trace_info"]!;
        Assert.Equal((1111L, "OK"), ((long)ended["execution_time_ms"]!, (string?)ended["status"]));
        Assert.Equal("bar", (string?)ended["request_metadata"]![0]!["value"]);
        Assert.True(JsonNode.DeepEquals(ended, (await host.CallAsync("GET", $"2.0/mlflow/traces/{id}/info"))["trace_info"]));
        var listed = await host.CallAsync("GET", "2.0/mlflow/traces?experiment_ids=1&experiment_ids=2&max_results=5");
        Assert.Equal(id, (string?)listed["traces"]![0]!["request_id"]);
        await host.CallAsync("PATCH", "2.0/mlflow/traces/none", "{}", 404);
        await host.CallAsync("GET", "2.0/mlflow/traces/none/info", status: 404);
    }

    [Fact]
    public async Task SpansInAFile_AreReadToo()
    {
        await using var host = await TracesHost.StartAsync(engine);
        await host.PutAsync("tr-1");
        const string Stored = """{"spans": [{"trace_id": "AAAAAAAAAAAAAAAAAAAAAQ==", "span_id": "AAAAAAAAAAE=", "parent_span_id": null, "name": "s", "start_time_unix_nano": 1, "end_time_unix_nano": 2, "events": [], "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": {"mlflow.spanInputs": "{\"x\": 1}"}}], "request": "r"}""";
        host.Stored.Content["mlflow-artifacts:/1/traces/tr-1/artifacts/traces.json"] = Encoding.UTF8.GetBytes(Stored);
        var span = (await host.CallAsync("GET", "3.0/mlflow/traces/batchGet?trace_ids=tr-1&trace_ids=none"))["traces"]![0]!["spans"]![0]!;
        Assert.Equal(("s", "1"), ((string?)span["name"], (string?)span["attributes"]![0]!["value"]!["kvlist_value"]!["values"]![0]!["value"]!["int_value"]));
        var file = await host.CallAsync("GET", "/ajax-api/3.0/mlflow/get-trace-artifact?request_id=tr-1");
        Assert.Equal("s", (string?)file["spans"]![0]!["name"]);
        await host.CallAsync("GET", "/ajax-api/2.0/mlflow/get-trace-artifact", status: 400);
        await host.CallAsync("GET", "/ajax-api/2.0/mlflow/get-trace-artifact?request_id=none", status: 404);
        var infos = await host.CallAsync("POST", "3.0/mlflow/traces/batchGetInfos", """{"trace_ids": ["none", "tr-1"]}""");
        Assert.Single(infos["trace_infos"]!.AsArray());
    }

    [Fact]
    public async Task Correlation_CountsWhatGoesTogether()
    {
        await using var host = await TracesHost.StartAsync(engine);
        for (var i = 0; i < 10; i++)
        {
            await host.PutAsync($"tr-{i}", time: i, state: i < 4 ? "ERROR" : "OK", tags: i < 5 ? """{"tool": "search"}""" : "{}");
        }

        async Task<JsonObject> CompareAsync(string first, string second, string? within = null) => await host.CallAsync(
            "POST", "3.0/mlflow/traces/calculate-filter-correlation",
            new JsonObject { ["experiment_ids"] = new JsonArray("1"), ["filter_string1"] = first, ["filter_string2"] = second, ["base_filter"] = within }.ToJsonString());
        var found = await CompareAsync("status = 'ERROR'", "tag.tool = 'search'");
        Assert.Equal((4, 5, 4, 10), ((int)found["filter1_count"]!, (int)found["filter2_count"]!, (int)found["joint_count"]!, (int)found["total_count"]!));
        Assert.Equal(Math.Log(4 * 10 / 20.0) / Math.Log(10 / 4.0), (double)found["npmi"]!, 9);
        var never = await CompareAsync("status = 'ERROR'", "status = 'OK'");
        Assert.Equal(-1.0, (double)never["npmi"]!);
        Assert.Equal("NaN", (string?)(await CompareAsync("status = 'ERROR'", "tag.tool = 'none'"))["npmi"]);
        Assert.Equal(4, (int)(await CompareAsync("status = 'ERROR'", "tag.tool = 'search'", "timestamp < 4"))["total_count"]!);
    }
}
