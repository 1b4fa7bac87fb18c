using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Tests.Kfp;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Tests.RunApi;

public class RunApiTests
{
    [Theory]
    [InlineData(DatabaseEngine.Sqlite)]
    [InlineData(DatabaseEngine.PostgreSql)]
    public async Task Run_IsMadeRunShownListedArchivedAndDeleted(DatabaseEngine engine)
    {
        await using var host = await PipelinesHost.StartAsync(engine, null, [], FakeComponent.Echo());
        using var kfp = new KfpClient(host);
        var experiment = (string)(await kfp.PostAsync("experiments", """{"display_name": "e"}"""))["experiment_id"]!;

        var made = await kfp.PostAsync("runs", Body($"\"display_name\": \"r1\", \"experiment_id\": \"{experiment}\"", "x"));
        var id = (string)made["run_id"]!;
        await host.FinishedAsync(id);
        var run = await kfp.GetAsync($"runs/{id}");
        Assert.True((string?)run["state"] == "SUCCEEDED", run["error"]?.ToJsonString());
        Assert.Equal(("r1", experiment, "SUCCEEDED", "AVAILABLE"), ((string?)run["display_name"], (string?)run["experiment_id"], (string?)run["state"], (string?)run["storage_state"]));
        Assert.Equal("x", (string?)run["runtime_config"]!["parameters"]!["v"]);
        Assert.Equal("built-in", (string?)run["pipeline_spec"]!["pipelineInfo"]!["name"]);
        Assert.NotNull(run["finished_at"]);
        Assert.NotNull(run["outputs"]!["parameters"]);
        Assert.Equal(("PENDING", "SUCCEEDED"), ((string?)run["state_history"]!.AsArray()[0]!["state"], (string?)run["state_history"]!.AsArray()[^1]!["state"]));
        var tasks = run["run_details"]!["task_details"]!.AsArray().ToDictionary(t => (string)t!["display_name"]!, t => (JsonObject)t!);
        Assert.Equal(("SUCCEEDED", "SUCCEEDED"), ((string?)tasks["first"]["state"], (string?)tasks["second"]["state"]));
        Assert.Equal("""{"v":"again"}""", tasks["second"]["input_parameters"]!.ToJsonString());
        Assert.Equal("second", (string?)tasks["second"]["output_parameters"]!["step"]);
        var root = tasks.Values.Single(t => !t.ContainsKey("parent_task_id"));
        Assert.Equal((string?)root["task_id"], (string?)tasks["first"]["parent_task_id"]);
        Assert.Equal(2, root["child_tasks"]!.AsArray().Count);

        using var log = await kfp.Http.GetAsync($"/apis/v2beta1/runs/{id}/nodes/{tasks["first"]["task_id"]}/log?follow=true");
        Assert.Equal((200, "text/plain"), ((int)log.StatusCode, log.Content.Headers.ContentType!.MediaType));
        await kfp.GetAsync($"/apis/v2beta1/runs/{id}/nodes/ghost/log", 404);

        var second = await kfp.PostAsync("runs", Body("\"display_name\": \"r2\"", "y"));
        Assert.Equal("Default", (string?)(await kfp.GetAsync($"experiments/{second["experiment_id"]}"))["display_name"]);
        await host.FinishedAsync((string)second["run_id"]!);
        Assert.Equal(["r2", "r1"], (await kfp.AllAsync("runs?sort_by=created_at%20desc", "runs", 1)).Select(r => (string?)r["display_name"]));
        Assert.Equal(["r1"], (await kfp.AllAsync($"runs?experiment_id={experiment}", "runs", 10)).Select(r => (string?)r["display_name"]));
        Assert.Equal(2, (int?)(await kfp.GetAsync("runs?" + KfpClient.Filter("""{"operation": 1, "key": "state", "stringValue": "SUCCEEDED"}""")))["total_size"]);
        Assert.Equal(0, (int?)(await kfp.GetAsync("runs?" + KfpClient.Filter("""{"operation": 1, "key": "state", "stringValue": "FAILED"}""")))["total_size"]);

        await kfp.PostAsync($"runs/{id}:archive");
        Assert.Equal(["r2"], (await kfp.AllAsync("runs?" + KfpClient.Filter("""{"operation": 2, "key": "storage_state", "stringValue": "ARCHIVED"}"""), "runs", 10)).Select(r => (string?)r["display_name"]));
        await kfp.PostAsync($"runs/{id}:unarchive");
        Assert.Equal("AVAILABLE", (string?)(await kfp.GetAsync($"runs/{id}"))["storage_state"]);
        await kfp.PostAsync($"experiments/{experiment}:archive");
        Assert.Equal("ARCHIVED", (string?)(await kfp.GetAsync($"runs/{id}"))["storage_state"]);
        await kfp.DeleteAsync($"runs/{id}");
        await kfp.GetAsync($"runs/{id}", 404);
    }

    [Fact]
    public async Task RunOfAVersion_TakesTheOneNamedOrTheNewest()
    {
        await using var host = await PipelinesHost.StartAsync(FakeComponent.Echo());
        using var kfp = new KfpClient(host);
        var pipeline = (string)(await kfp.UploadAsync("pipelines/upload?name=p", System.Text.Encoding.UTF8.GetBytes(TestPackages.BuiltIn)))["pipeline_id"]!;
        var first = (string)(await kfp.GetAsync($"pipelines/{pipeline}/versions"))["pipeline_versions"]![0]!["pipeline_version_id"]!;
        var second = (string)(await kfp.UploadAsync($"pipelines/upload_version?name=v2&pipelineid={pipeline}", System.Text.Encoding.UTF8.GetBytes(TestPackages.BuiltIn)))["pipeline_version_id"]!;

        async Task<string?> Run(string source, string? versionOf, string? version)
        {
            var body = new JsonObject { ["runtime_config"] = JsonNode.Parse("""{"parameters": {"v": "x"}}""") };
            body[source] = versionOf is null ? version : new JsonObject { ["pipeline_id"] = versionOf, ["pipeline_version_id"] = version };
            return (string?)(await kfp.PostAsync("runs", body.ToJsonString()))["pipeline_version_reference"]!["pipeline_version_id"];
        }

        Assert.Equal(first, await Run("pipeline_version_reference", pipeline, first));
        Assert.Equal(second, await Run("pipeline_version_reference", pipeline, null));
        Assert.Equal(first, await Run("pipeline_version_id", null, first));
        await kfp.PostAsync("runs", $$$"""{"pipeline_version_reference": {"pipeline_id": "ghost", "pipeline_version_id": "{{{first}}}"} }""", 404);
        await kfp.PostAsync("runs", """{"pipeline_version_reference": {"pipeline_id": "ghost"}}""", 404);
    }

    [Fact]
    public async Task TerminatedRun_IsFailedWithTheCodeForCancelled()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var endless = new FakeComponent("test/echo", async (_, cancellation) =>
        {
            entered.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            return Problem.Invalid("never");
        });
        await using var host = await PipelinesHost.StartAsync(endless);
        using var kfp = new KfpClient(host);
        var id = (string)(await kfp.PostAsync("runs", Body("\"display_name\": \"r\"", "x")))["run_id"]!;
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(10, (int?)(await kfp.DeleteAsync($"runs/{id}", 409))["code"]);

        await kfp.PostAsync($"runs/{id}:terminate");
        await host.FinishedAsync(id);

        var run = await kfp.GetAsync($"runs/{id}");
        Assert.Equal(("FAILED", 1), ((string?)run["state"], (int?)run["error"]!["code"]));
        Assert.Contains("CANCELING", run["state_history"]!.AsArray().Select(s => (string?)s!["state"]));
        Assert.Equal(1, (int?)(await kfp.GetAsync("runs?" + KfpClient.Filter("""{"operation": 1, "key": "state", "stringValue": "FAILED"}""")))["total_size"]);
        Assert.Equal(1, (int?)(await kfp.GetAsync("runs?" + KfpClient.Filter("""{"operation": 1, "key": "state", "stringValue": "CANCELED"}""")))["total_size"]);
        await kfp.PostAsync($"runs/{id}:terminate");
    }

    [Theory]
    [InlineData("{}", "pipeline_spec")]
    [InlineData("""{"pipeline_spec": {}, "runtime_config": 5}""", "runtime_config")]
    [InlineData("""{"pipeline_spec": {"a": 1}}""", "neither a pipeline")]
    [InlineData("""{"pipeline_spec": {"pipelineInfo": {"name": "x"}, "root": 5}}""", "root")]
    [InlineData("""{"pipeline_version_reference": {"pipeline_id": 5}}""", "pipeline_id")]
    [InlineData("""{"pipeline_version_reference": {"pipeline_id": "a"}, "pipeline_spec": {}}""", "either")]
    [InlineData("""{"pipeline_version_id": "a", "options": {"priority": 5000, "max_parallelism": 0, "failure_policy": "x"}}""", "options.failure_policy")]
    public async Task WrongRun_IsRefusedInWords(string body, string words)
    {
        await using var host = await PipelinesHost.StartAsync();
        using var kfp = new KfpClient(host);

        Assert.Contains(words, (string?)(await kfp.PostAsync("runs", body, 400))["error"], StringComparison.Ordinal);
        Assert.Equal(0, (int?)(await kfp.GetAsync("runs"))["total_size"]);
    }

    [Fact]
    public async Task WhatIsNotThere_IsNotFound()
    {
        await using var host = await PipelinesHost.StartAsync();
        using var kfp = new KfpClient(host);

        await kfp.GetAsync("/apis/v2beta1/runs/ghost", 404);
        await kfp.DeleteAsync("/apis/v2beta1/runs/ghost", 404);
        foreach (var verb in (string[])["terminate", "archive", "unarchive"])
        {
            await kfp.PostAsync($"runs/ghost:{verb}", null, 404);
        }

        await kfp.GetAsync("/apis/v2beta1/artifacts/ghost", 404);
        Assert.Equal(0, (int?)(await kfp.GetAsync("/apis/v2beta1/artifacts?sort_by=name"))["total_size"]);
        await kfp.PostAsync("runs", Body("\"experiment_id\": \"ghost\"", "x"), 404);
    }

    private static string Body(string members, string value) =>
        "{" + members + ", \"pipeline_spec\": " + TestPackages.BuiltIn + ", \"runtime_config\": {\"parameters\": {\"v\": \"" + value + "\"}}}";
}
