using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Tracking.Tests.Runs;

/// <summary><c>/graphql</c> as MLflow's pages ask it; answers are those of the REST API, cut down.</summary>
public sealed class GraphTests
{
    [Fact]
    public async Task Run_WithItsExperiment_HasWhatTheQueryNames()
    {
        await using var host = await TrackingHost.StartAsync();
        var experiment = await host.Mlflow.ExperimentAsync("graphs");
        var run = await host.Mlflow.RunAsync(experiment);
        await host.Mlflow.LogAsync(run, """
            "metrics": [{"key": "loss", "value": 123, "timestamp": 1, "step": 1}, {"key": "odd", "value": "NaN", "timestamp": 2, "step": 2}], "params": [{"key": "p", "value": "v"}]
            """);

        var data = await AskAsync(host, $$"""
            query Page($id: String!, $more: Boolean = false) @component(name: "Test") {
              first: mlflowGetRun(input: {runId: $id}) {
                __typename
                apiError { code }
                run { ...Info data { metrics { key value timestamp step } params { key value } tags @include(if: $more) { key } } experiment { name creationTime } inputs { datasetInputs { tags { key } } } }
              }
            }
            fragment Info on MlflowRun { info { runId status } info { endTime, artifactUri } }
            """, $$"""{"id": "{{run}}"}""");

        Assert.Equal("MlflowGetRunResponse", (string?)data["first"]!["__typename"]);
        Assert.Null(data["first"]!["apiError"]);
        var got = data["first"]!["run"]!;
        Assert.Equal(["info", "data", "experiment", "inputs"], got.AsObject().Select(m => m.Key));
        Assert.Equal((run, "RUNNING", "0"), ((string?)got["info"]!["runId"], (string?)got["info"]!["status"], (string?)got["info"]!["endTime"]));
        Assert.Equal("""[{"key":"loss","value":123,"timestamp":"1","step":"1"},{"key":"odd","value":null,"timestamp":"2","step":"2"}]""", got["data"]!["metrics"]!.ToJsonString());
        Assert.False(got["data"]!.AsObject().ContainsKey("tags"));
        Assert.Equal("graphs", (string?)got["experiment"]!["name"]);
        Assert.Equal("[]", got["inputs"]!["datasetInputs"]!.ToJsonString());
    }

    [Fact]
    public async Task Lists_OfRunsArtifactsHistoriesAndDatasets_AreThoseOfTheRestApi()
    {
        await using var host = await TrackingHost.StartAsync();
        var experiment = await host.Mlflow.ExperimentAsync("graphs");
        var (older, newer) = (await host.Mlflow.RunAsync(experiment, "\"start_time\": 1"), await host.Mlflow.RunAsync(experiment, "\"start_time\": 2"));
        await host.Mlflow.LogAsync(older, """ "metrics": [{"key": "m", "value": 0.5, "timestamp": 1, "step": 0}, {"key": "m", "value": 1.5, "timestamp": 2, "step": 1}] """);
        await host.Mlflow.PostAsync("runs/log-inputs", $$"""{"run_id": "{{older}}", "datasets": [{"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x"} }]}""");
        await host.Mlflow.SendAsync(HttpMethod.Put, $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{older}/artifacts/dir/a.txt", "hello");

        var data = await AskAsync(host, $$"""
            mutation Page {
              mlflowSearchRuns(input: {experimentIds: ["{{experiment}}"], runViewType: ACTIVE_ONLY, maxResults: 5}) { runs { info { runId } } nextPageToken }
              mlflowListArtifacts(input: {runId: "{{older}}"}) { files { path isDir fileSize } }
              below: mlflowListArtifacts(input: {runId: "{{older}}", path: "dir"}) { files { path isDir fileSize } }
              mlflowGetMetricHistoryBulkInterval(input: {runIds: ["{{older}}"], metricKey: "m"}) { metrics { value } }
              mlflowSearchDatasets(input: {experimentIds: ["{{experiment}}"]}) { datasetSummaries { name context } }
              mlflowGetExperiment(input: {experimentId: "{{experiment}}"}) { experiment { name tags { key } } }
            }
            """);

        Assert.Equal([newer, older], data["mlflowSearchRuns"]!["runs"]!.AsArray().Select(r => (string)r!["info"]!["runId"]!));
        Assert.Equal("", (string?)data["mlflowSearchRuns"]!["nextPageToken"]);
        Assert.Equal("""[{"path":"dir","isDir":true,"fileSize":"0"}]""", data["mlflowListArtifacts"]!["files"]!.ToJsonString());
        Assert.Equal("""[{"path":"dir/a.txt","isDir":false,"fileSize":"5"}]""", data["below"]!["files"]!.ToJsonString());
        Assert.Equal("""[{"value":0.5},{"value":1.5}]""", data["mlflowGetMetricHistoryBulkInterval"]!["metrics"]!.ToJsonString());
        Assert.Equal("""[{"name":"d","context":""}]""", data["mlflowSearchDatasets"]!["datasetSummaries"]!.ToJsonString());
        Assert.Equal("""{"name":"graphs","tags":[]}""", data["mlflowGetExperiment"]!["experiment"]!.ToJsonString());
    }

    [Theory]
    [InlineData("query A {mlflowGetRun(input: {runId: \"nope\"}) { run { info { runId } } }}", "Run with id=nope not found")]
    [InlineData("{ mlflowGetRun(input: {runId: \"a\"}) { run { nonsense } } }", "Cannot query field 'nonsense' on type 'MlflowRunExtension'.")]
    [InlineData("{ mlflowGetRun(input: {wrong: \"a\"}) { run { info { runId } } } }", "Field 'wrong' is not defined by type 'MlflowGetRunInput'.")]
    [InlineData("{ mlflowGetRun(input: {runId: \"a\"}) { run } }", "must have a selection of subfields")]
    [InlineData("{ mlflowGetRun(input: {runId: \"a\"}) { run { info { runId { x } } } } }", "must not have a selection")]
    [InlineData("{ mlflowDropEverything { x } }", "Cannot query field 'mlflowDropEverything' on type 'Query'.")]
    [InlineData("{ mlflowSearchModelVersions(input: {}) { modelVersions { name } } }", "This server has no 2.0/mlflow/model-versions/search.")]
    [InlineData("{ test(inputString: $x) { output } }", "Variable '$x' is not defined")]
    [InlineData("{ test(inputString: \"a\") { output }", "Syntax Error: Expected a name, found the end (line 1, column 36).")]
    [InlineData("{ test(inputString: \"\\ud800\") { output } }", "Invalid Unicode escape sequence")]
    [InlineData("{ test(inputString: \"a) { output } }", "Unterminated string")]
    [InlineData("{ test(inputString: 01) { output } }", "Invalid number 01")]
    [InlineData("{ ...A } fragment A on Query { ...A }", "Cannot spread fragment 'A' within itself.")]
    [InlineData("{ ...B }", "Unknown fragment 'B'.")]
    [InlineData("{ a: test(inputString: \"1\") { output } a: mlflowGetRun { run { info { runId } } } }", "Fields 'a' conflict")]
    [InlineData("query A { test { output } } query B { test { output } }", "Must provide operation name")]
    [InlineData("subscription { test { output } }", "no subscriptions")]
    [InlineData("{ __schema { types { name } } }", "does not describe its schema")]
    [InlineData("{ test(inputString: \"a\") @include { output } }", "needs an argument 'if'")]
    public async Task Query_ThatCannotBeAnswered_SaysWhy(string query, string words)
    {
        await using var host = await TrackingHost.StartAsync();

        var answer = await PostAsync(host, query, null);

        Assert.Contains(words, (string?)answer["errors"]![0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_OverALimit_IsRefusedBeforeItsNamesAreLookedAt()
    {
        await using var host = await TrackingHost.StartAsync();
        var deep = string.Concat(Enumerable.Repeat("name { ", 12)) + "name" + string.Concat(Enumerable.Repeat(" }", 12));
        var doubled = string.Concat(Enumerable.Range(0, 30).Select(i => $" fragment F{i} on Q {{ ...F{i + 1} ...F{i + 1} }}")) + " fragment F30 on Q { __typename }";
        (string Query, string Words)[] cases =
        [
            ($"{{ {Many(12, i => $"k{i}: test(inputString: \"a\") {{ output }}")} }}", "GraphQL queries should have at most 10 root fields, got 12"),
            ($"{{ mlflowGetExperiment {{ {Many(12, i => $"e{i}: experiment {{ name }}")} }} }}", "queries should have at most 10 aliases"),
            ($"{{ mlflowGetExperiment {{ experiment {{ {deep} }} }} }}", "Query exceeds maximum depth of 10"),
            ($"{{ mlflowGetExperiment {{ experiment {{ {Many(1002, i => $"f{i}")} }} }} }}", "Query exceeds maximum total selections of 1000"),
            ($"{{ ...F0 }}{doubled}", "once its fragments are unfolded"),
            (string.Concat(Enumerable.Repeat("{ a ", 5000)), "Nested more than 64 deep"),
        ];

        foreach (var (query, words) in cases)
        {
            Assert.Contains(words, (string?)(await PostAsync(host, query, null))["errors"]![0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Query_InTheQueryString_IsAnsweredToo()
    {
        await using var host = await TrackingHost.StartAsync();

        var (status, text) = await host.Mlflow.SendAsync(
            HttpMethod.Get, "/graphql?query=" + Uri.EscapeDataString("query A($t: String) { __typename test(inputString: $t) { output } }") + "&variables=" + Uri.EscapeDataString("""{"t": "ä\"b"}"""));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"__typename":"Query","test":{"output":"ä\"b"}}""", JsonNode.Parse(text)!["data"]!.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Mlflow.SendAsync(HttpMethod.Post, "/graphql", "{}")).Status);
    }

    private static string Many(int count, Func<int, string> one) => string.Join(' ', Enumerable.Range(0, count).Select(one));

    private static async Task<JsonNode> AskAsync(TrackingHost host, string query, string? variables = null)
    {
        var answer = await PostAsync(host, query, variables);
        Assert.True(answer["errors"] is null, answer.ToJsonString());
        return answer["data"]!;
    }

    private static Task<JsonNode> PostAsync(TrackingHost host, string query, string? variables) =>
        host.Mlflow.PostAsync("/graphql", $$"""{"query": {{JsonSerializer.Serialize(query)}}, "variables": {{variables ?? "null"}}}""");
}
