using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Definitions;
using Slipway.Platform.Http;
using Slipway.Platform.Resources;

namespace Slipway.Pipelines.Tests;

public class PipelinesHttpTests
{
    private const string OneStep = """{"parameters": [{"name": "p", "default": 1}], "steps": [{"name": "a", "uses": "test/echo", "with": {"v": "${{ params.p }}"}}]}""";

    [Fact]
    public async Task SubmittedRun_IsAnsweredReadAndListed()
    {
        await using var host = await PipelinesHost.StartAsync(FakeComponent.Echo());
        await host.ApplyAsync("one", OneStep);

        using var submitted = await PostAsync(host, "pipelineruns", """{"pipeline": "one", "parameters": {"p": "x"}, "reason": "to see", "idempotencyKey": "k"}""");
        var id = (string)(await BodyAsync(submitted, HttpStatusCode.Created))["id"]!;
        await host.FinishedAsync(id);
        using var again = await PostAsync(host, "pipelineruns", """{"pipeline": "one", "idempotencyKey": "k"}""");
        Assert.Equal(id, (string?)(await BodyAsync(again, HttpStatusCode.Created))["id"]);

        var run = (await host.Http.GetFromJsonAsync<JsonObject>($"pipelineruns/{id}"))!;
        Assert.Equal(
            ("one", "default", "Succeeded", "to see", "x"),
            ((string?)run["pipeline"], (string?)run["namespace"], (string?)run["state"], (string?)run["reason"], (string?)run["parameters"]!["p"]));
        Assert.Equal("""{"v":"x","step":"a"}""", run["steps"]![0]!["outputs"]!.ToJsonString());
        var list = (await host.Http.GetFromJsonAsync<JsonObject>("pipelineruns?pipeline=one&limit=5"))!["items"]!.AsArray();
        Assert.Equal(id, (string?)Assert.Single(list)!["id"]);
        Assert.Empty((await host.Http.GetFromJsonAsync<JsonObject>("pipelineruns?pipeline=two"))!["items"]!.AsArray());
        using var cancelled = await PostAsync(host, $"pipelineruns/{id}/cancel", "");
        Assert.Equal("Succeeded", (string?)(await BodyAsync(cancelled, HttpStatusCode.OK))["state"]);
    }

    [Fact]
    public async Task RunMadeBefore_IsFoundByItsKeyAfterThePipelineIsGone()
    {
        await using var host = await PipelinesHost.StartAsync(FakeComponent.Echo());
        await host.ApplyAsync("one", OneStep);
        var run = await host.RunAsync("one", key: "k");
        (await host.Resources.DeleteAsync(PipelineKind.Kind, "default", "one", new DeleteOptions("test"), default)).OrThrow();

        Assert.Equal(run.Id, (await host.RunAsync("one", key: "k")).Id);
    }

    [Theory]
    [InlineData("""{"pipeline": 5, "parameters": [], "reason": true, "idempotencyKey": ""}""", 400, "pipeline,reason,pipeline,parameters,idempotencyKey")]
    [InlineData("""{"pipeline": "one", "parameters": {"q": 1}}""", 400, "parameters.q")]
    [InlineData("""{"pipeline": "ghost"}""", 404, "")]
    [InlineData("""{"pipeline": "foreign"}""", 400, "step a")]
    [InlineData("[]", 400, "")]
    [InlineData("{", 400, "")]
    public async Task WrongRequest_IsRefusedInWords(string body, int status, string faults)
    {
        await using var host = await PipelinesHost.StartAsync(FakeComponent.Echo());
        await host.ApplyAsync("one", OneStep);
        await host.ApplyAsync("foreign", """{"steps": [{"name": "a", "uses": "test/ghost"}]}""");

        using var answer = await PostAsync(host, "pipelineruns", body);

        var problem = await BodyAsync(answer, (HttpStatusCode)status);
        Assert.Equal(faults, string.Join(',', (problem["errors"] as JsonArray ?? []).Select(f => (string?)f!["path"])));
        Assert.Empty(await host.EventsAsync("pipeline.run.submitted"));
    }

    [Theory]
    [InlineData("pipelineruns/ghost", 404)]
    [InlineData("pipelineruns?limit=0", 400)]
    [InlineData("pipelineruns?limit=1001", 400)]
    [InlineData("pipelineruns?limit=ten", 400)]
    public async Task WrongRead_IsRefused(string path, int status)
    {
        await using var host = await PipelinesHost.StartAsync();

        using var answer = await host.Http.GetAsync(path);

        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task CancellingNothing_IsNotFound()
    {
        await using var host = await PipelinesHost.StartAsync();

        using var answer = await PostAsync(host, "pipelineruns/ghost/cancel", "");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task BrokenPipeline_IsRefusedWhenItIsWritten()
    {
        await using var host = await PipelinesHost.StartAsync();
        var pipeline = Resource.Create(PipelineKind.Kind, "default", "bad");
        pipeline.Json["spec"] = JsonNode.Parse("""{"steps": [{"name": "a", "uses": "x", "needs": ["ghost"], "with": {"v": "${{ params.p }}"}}]}""");

        var problem = (await host.Resources.CreateAsync(PipelineKind.Kind, pipeline, new WriteOptions("test"), default)).Problem!;

        Assert.Equal((ProblemCode.Invalid, "spec.steps[0].needs,spec.steps[0].with"), (problem.Code, string.Join(',', problem.Faults.Select(f => f.Path))));
    }

    [Fact]
    public async Task EveryRoute_NamesItsPermission()
    {
        await using var host = await PipelinesHost.StartAsync();

        Assert.All(host.Routes, route => Assert.NotNull(route.Metadata.GetMetadata<PermissionMetadata>()));
        Assert.Contains(host.Routes, route => route.Metadata.GetMetadata<PermissionMetadata>()!.Permission == "pipelineruns.cancel");
    }

    [Theory]
    [InlineData("ParallelSteps", "0")]
    [InlineData("ParallelSteps", "4097")]
    [InlineData("MaxAttempts", "0")]
    public async Task WrongSetting_IsRefusedByName(string name, string value)
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(
            () => PipelinesHost.StartAsync(Platform.Database.DatabaseEngine.Sqlite, null, [($"Slipway:Pipelines:{name}", value)]));

        Assert.StartsWith($"Slipway:Pipelines:{name} is {value}", refused.Message, StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> PostAsync(PipelinesHost host, string path, string body) =>
        host.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));

    private static async Task<JsonObject> BodyAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == expected, text);
        return (JsonObject)JsonNode.Parse(text)!;
    }
}
