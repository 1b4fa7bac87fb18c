using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Traces.Tests;

public class EvaluationOnSqlite() : EvaluationTests(DatabaseEngine.Sqlite);

public class EvaluationOnPostgres() : EvaluationTests(DatabaseEngine.PostgreSql);

/// <summary>Evaluation datasets, scorers and issues, on each database.</summary>
public abstract class EvaluationTests(DatabaseEngine engine)
{
    private const string Datasets = "3.0/mlflow/datasets";

    [Fact]
    public async Task Datasets_AreMadeFoundChangedAndDeleted()
    {
        await using var host = await TracesHost.StartAsync(engine);
        var made = (await host.CallAsync("POST", Datasets + "/create", """{"name": "qa", "experiment_ids": ["1", "2"], "tags": "{\"team\": \"a\", \"mlflow.user\": \"me\"}"}"""))["dataset"]!;
        var id = (string)made["dataset_id"]!;
        Assert.StartsWith("d-", id, StringComparison.Ordinal);
        Assert.Equal(("qa", "me", 8, 2), ((string?)made["name"], (string?)made["created_by"], ((string)made["digest"]!).Length, made["experiment_ids"]!.AsArray().Count));
        await host.CallAsync("POST", Datasets + "/create", """{"name": "other", "tags": "{\"team\": \"b\"}"}""");
        var got = (await host.CallAsync("GET", $"{Datasets}/{id}"))["dataset"]!;
        Assert.Equal("a", (string?)JsonNode.Parse((string)got["tags"]!)!["team"]);
        (string Search, string Found)[] cases =
        [
            ("""{"experiment_ids": ["2"]}""", "qa"),
            ("""{"experiment_ids": ["3"]}""", ""),
            ("""{"filter_string": "name LIKE 'o%'"}""", "other"),
            ("""{"filter_string": "tags.team = 'b' OR name = 'qa'", "order_by": ["name DESC"]}""", "qa other"),
            ("""{"filter_string": "created_by = 'me' AND created_time > 0"}""", "qa"),
            ("""{"order_by": ["name"], "max_results": 1}""", "other"),
        ];
        foreach (var (search, found) in cases)
        {
            var answer = await host.CallAsync("POST", Datasets + "/search", search);
            Assert.Equal(found, string.Join(' ', (answer["datasets"] as JsonArray ?? []).Select(d => (string)d!["name"]!)));
        }

        await host.CallAsync("GET", Datasets + "/search?filter_string=color%20%3D%20'x'", status: 400);
        await host.CallAsync("POST", Datasets + "/search", """{"order_by": ["tags.a"]}""", 400);
        await host.CallAsync("PATCH", $"{Datasets}/{id}/tags", """{"tags": "{\"team\": \"c\", \"n\": 1}"}""");
        await host.CallAsync("DELETE", $"{Datasets}/{id}/tags/mlflow.user");
        var tags = JsonNode.Parse((string)(await host.CallAsync("GET", $"{Datasets}/{id}"))["dataset"]!["tags"]!)!;
        Assert.Equal("""{"n":"1","team":"c"}""", tags.ToJsonString());
        await host.CallAsync("POST", $"{Datasets}/{id}/add-experiments", """{"experiment_ids": ["3", "3"]}""");
        await host.CallAsync("POST", $"{Datasets}/{id}/remove-experiments", """{"experiment_ids": ["1", "77"]}""");
        Assert.Equal("""["2","3"]""", (await host.CallAsync("GET", $"{Datasets}/{id}/experiment-ids"))["experiment_ids"]!.ToJsonString());
        await host.CallAsync("POST", $"{Datasets}/{id}/add-experiments", """{"experiment_ids": ["77"]}""", 404);
        await host.CallAsync("DELETE", $"{Datasets}/{id}");
        await host.CallAsync("DELETE", $"{Datasets}/{id}");
        Assert.Equal($"Evaluation dataset with id '{id}' not found", (string?)(await host.CallAsync("GET", $"{Datasets}/{id}", status: 404))["message"]);
        await host.CallAsync("PATCH", $"{Datasets}/{id}/tags", """{"tags": "{}"}""", 404);
        await host.CallAsync("POST", Datasets + "/create", "{}", 400);
    }

    [Fact]
    public async Task Records_AreKnownByTheirInputs()
    {
        await using var host = await TracesHost.StartAsync(engine);
        var id = (string)(await host.CallAsync("POST", Datasets + "/create", """{"name": "qa"}"""))["dataset"]!["dataset_id"]!;
        async Task<(int, int)> PutAsync(string records)
        {
            var counts = await host.CallAsync("POST", $"{Datasets}/{id}/records", new JsonObject { ["records"] = records }.ToJsonString());
            return ((int)counts["inserted_count"]!, (int)counts["updated_count"]!);
        }

        Assert.Equal((2, 0), await PutAsync("""[{"inputs": {"q": "größe", "n": 1}, "expectations": {"a": "x"}, "source": {"source_type": "trace", "source_data": {"trace_id": "tr-1"}}}, {"inputs": {"q": "b"}, "outputs": [1, 2], "tags": {"mlflow.user": "me"}}]"""));
        Assert.Equal((1, 1), await PutAsync("""[{"inputs": {"n": 1, "q": "größe"}, "expectations": {"b": true}, "tags": {"t": "1"}}, {"inputs": {"q": "c"}, "outputs": null}]"""));
        var dataset = (await host.CallAsync("GET", $"{Datasets}/{id}"))["dataset"]!;
        Assert.Equal("""{"num_records": 3}""", (string?)dataset["profile"]);
        Assert.Equal("""{"inputs": {"q": "string", "n": "integer"}, "outputs": "array", "expectations": {"a": "string", "b": "boolean"}, "version": "1.0"}""", (string?)dataset["schema"]);

        var (all, token) = (new List<JsonNode>(), "");
        do
        {
            var page = await host.CallAsync("GET", $"{Datasets}/{id}/records?max_results=2&page_token={Uri.EscapeDataString(token)}");
            all.AddRange(JsonNode.Parse((string)page["records"]!)!.AsArray().Select(r => r!.DeepClone()));
            token = (string?)page["next_page_token"];
        }
        while (token is not null);
        Assert.Equal(3, all.Select(r => (string)r["dataset_record_id"]!).Distinct().Count());
        var first = all.Single(r => (string?)r["inputs"]!["q"] == "größe");
        Assert.Equal("""{"a":"x","b":true}""", first["expectations"]!.ToJsonString());
        Assert.Equal(("TRACE", "tr-1", "1"), ((string?)first["source_type"], (string?)first["source_id"], (string?)first["tags"]!["t"]));
        var second = all.Single(r => (string?)r["inputs"]!["q"] == "b");
        Assert.Equal(("[1,2]", "me"), (second["outputs"]!.ToJsonString(), (string?)second["created_by"]));

        var deleted = await host.CallAsync("DELETE", $"{Datasets}/{id}/records", $$"""{"dataset_record_ids": ["{{(string)second["dataset_record_id"]!}}", "none"]}""");
        Assert.Equal(1, (int)deleted["deleted_count"]!);
        Assert.Equal("""{"num_records": 2}""", (string?)(await host.CallAsync("GET", $"{Datasets}/{id}"))["dataset"]!["profile"]);
        foreach (var bad in new[] { "x", "{}", "[1]", """[{"inputs": 1}]""", """[{"source": {"source_type": "ALIEN"}}]""" })
        {
            await host.CallAsync("POST", $"{Datasets}/{id}/records", new JsonObject { ["records"] = bad }.ToJsonString(), 400);
        }

        await host.CallAsync("POST", $"{Datasets}/none/records", """{"records": "[]"}""", 404);
        await host.CallAsync("GET", $"{Datasets}/none/records", status: 404);
        await host.CallAsync("GET", $"{Datasets}/{id}/records?page_token=x", status: 400);
    }

    [Fact]
    public async Task Scorers_HaveVersions()
    {
        await using var host = await TracesHost.StartAsync(engine);
        const string Root = "3.0/mlflow/scorers";
        async Task<JsonObject> RegisterAsync(string name, string scorer, int status = 200) => await host.CallAsync(
            "POST", Root + "/register", new JsonObject { ["experiment_id"] = "1", ["name"] = name, ["serialized_scorer"] = scorer }.ToJsonString(), status);
        var first = await RegisterAsync("judge", """{"a": 1}""");
        var second = await RegisterAsync("judge", """{"a": 2}""");
        await RegisterAsync("accuracy", "{}");
        Assert.Equal((1, 2), ((int)first["version"]!, (int)second["version"]!));
        Assert.Equal((string?)first["scorer_id"], (string?)second["scorer_id"]);
        var list = (await host.CallAsync("GET", Root + "/list?experiment_id=1"))["scorers"]!.AsArray();
        Assert.Equal(["accuracy 1", "judge 2"], list.Select(s => $"{s!["scorer_name"]} {s["scorer_version"]}"));
        Assert.Equal(2, (await host.CallAsync("GET", Root + "/versions?experiment_id=1&name=judge"))["scorers"]!.AsArray().Count);
        Assert.Equal("""{"a": 1}""", (string?)(await host.CallAsync("GET", Root + "/get?experiment_id=1&name=judge&version=1"))["scorer"]!["serialized_scorer"]);
        Assert.Equal(2, (int)(await host.CallAsync("GET", Root + "/get?experiment_id=1&name=judge"))["scorer"]!["scorer_version"]!);
        var missing = await host.CallAsync("GET", Root + "/get?experiment_id=1&name=judge&version=9", status: 404);
        Assert.Equal("Scorer with name 'judge' and version 9 not found for experiment 1.", (string?)missing["message"]);
        await host.CallAsync("DELETE", Root + "/delete", """{"experiment_id": "1", "name": "judge", "version": 1}""");
        await host.CallAsync("DELETE", Root + "/delete", """{"experiment_id": "1", "name": "judge"}""");
        await host.CallAsync("DELETE", Root + "/delete", """{"experiment_id": "1", "name": "judge"}""", 404);
        await host.CallAsync("GET", Root + "/versions?experiment_id=1&name=judge", status: 404);
        await RegisterAsync("  ", "{}", 400);
        await RegisterAsync("x", "no json", 400);
        await RegisterAsync("x", """{"call_source": "import os"}""", 400);
        await RegisterAsync("x", """{"instructions_judge_pydantic_data": {"model": "  "}}""", 400);
        Assert.Empty((await host.CallAsync("GET", Root + "/online-configs?scorer_ids=x"))["configs"]!.AsArray());
        var online = await host.CallAsync("PUT", Root + "/online-config", """{"experiment_id": "1", "name": "accuracy", "sample_rate": 0.1}""", 400);
        Assert.Contains("does not use a gateway model", (string?)online["message"], StringComparison.Ordinal);
        await host.CallAsync("PUT", Root + "/online-config", """{"experiment_id": "1", "name": "none", "sample_rate": 0.1}""", 404);
        await host.CallAsync("GET", Root + "/list?experiment_id=77", status: 404);
    }

    [Fact]
    public async Task Issues_AreFoundWithTheTracesThatShowThem()
    {
        await using var host = await TracesHost.StartAsync(engine);
        const string Root = "3.0/mlflow/issues";
        async Task<string> CreateAsync(string name, string more = "") => (string)(await host.CallAsync(
            "POST", Root, $$"""{"experiment_id": "1", "name": "{{name}}", "description": "d"{{more}}}"""))["issue"]!["issue_id"]!;
        var low = await CreateAsync("low", """, "severity": "low", "root_causes": ["a", "b"], "categories": ["c"], "source_run_id": "r1", "created_by": "me" """);
        var high = await CreateAsync("high", """, "severity": "high", "status": "resolved" """);
        await CreateAsync("none");
        var got = (await host.CallAsync("GET", $"3.0/mlflow/issues/{low}"))["issue"]!;
        Assert.Equal(("low", "pending", """["a","b"]""", "r1"), ((string?)got["severity"], (string?)got["status"], got["root_causes"]!.ToJsonString(), (string?)got["source_run_id"]));
        await host.PutAsync("tr-1");
        await host.CallAsync("POST", "3.0/mlflow/traces/tr-1/assessments", $$"""{"assessment": {"assessment_name": "{{low}}", "issue": {"issue_name": "a low one"} } }""");
        var said = (await host.CallAsync("GET", "3.0/mlflow/traces/tr-1"))["trace"]!["trace_info"]!["assessments"]![0]!;
        Assert.Equal((low, "a low one"), ((string?)said["assessment_name"], (string?)said["issue"]!["issue_name"]));
        Assert.Equal("tr-1", await host.FindAsync($"issue.id = '{low}'"));
        async Task<string> SearchAsync(string body) => string.Join(' ', ((await host.CallAsync("POST", Root + "/search", body))["issues"] as JsonArray ?? [])
            .Select(i => $"{i!["name"]}{(i["trace_count"] is { } count ? ":" + count : "")}"));
        Assert.Equal("high low none", await SearchAsync("""{"experiment_id": "1"}"""));
        Assert.Equal("high:0 low:1 none:0", await SearchAsync("""{"include_trace_count": true}"""));
        Assert.Equal("high", await SearchAsync("""{"filter_string": "status = 'resolved'"}"""));
        Assert.Equal("low", await SearchAsync("""{"filter_string": "source_run_id = 'r1' AND status != 'resolved'"}"""));
        Assert.Equal("", await SearchAsync("""{"experiment_id": "2"}"""));
        Assert.Equal("", (string?)(await host.CallAsync("POST", Root + "/search", """{"experiment_id": "1"}"""))["next_page_token"]);
        var changed = (await host.CallAsync("PATCH", $"{Root}/{high}", """{"status": "rejected", "severity": "not_an_issue"}"""))["issue"]!;
        Assert.Equal(("high", "rejected", "not_an_issue"), ((string?)changed["name"], (string?)changed["status"], (string?)changed["severity"]));
        await host.CallAsync("PATCH", $"{Root}/{high}", """{"status": "sleeping"}""", 400);
        await host.CallAsync("PATCH", $"{Root}/none", "{}", 404);
        await host.CallAsync("GET", $"{Root}/none", status: 404);
        await host.CallAsync("POST", Root + "/search", """{"filter_string": "name = 'x'"}""", 400);
        await host.CallAsync("POST", Root, """{"experiment_id": "77", "name": "n", "description": "d"}""", 404);
        await host.CallAsync("POST", Root, """{"experiment_id": "1", "name": "n", "description": "d", "source_run_id": "none"}""", 404);
    }

    [Fact]
    public async Task WhatIsNotOffered_SaysSo()
    {
        await using var host = await TracesHost.StartAsync(engine);
        foreach (var (method, path) in new[]
        {
            ("POST", "3.0/mlflow/gateway/secrets/create"), ("GET", "3.0/mlflow/gateway/endpoints/list"), ("PATCH", "3.0/mlflow/gateway/guardrails/update-config"), ("DELETE", "3.0/mlflow/gateway/budgets/delete"),
            ("POST", "3.0/mlflow/prompt-optimization/jobs"), ("GET", "3.0/mlflow/prompt-optimization/jobs/x"), ("PATCH", "3.0/mlflow/prompt-optimization/x"), ("DELETE", "3.0/mlflow/prompt-optimization/jobs/x"),
            ("POST", "3.0/mlflow/scorer/invoke"),
            ("GET", "2.0/mlflow/unified-traces"), ("GET", "2.0/mlflow/get-online-trace-details"),
        })
        {
            var answer = await host.CallAsync(method, path, method == "GET" ? null : "{}", 501);
            Assert.Equal("NOT_IMPLEMENTED", (string?)answer["error_code"]);
            Assert.Contains("does not offer", (string?)answer["message"], StringComparison.Ordinal);
        }
    }
}
