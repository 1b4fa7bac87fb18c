using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Slipway.Cli.Tests;

/// <summary>What `slipway run` says to a server and does with its answers.</summary>
public sealed class RunVerbTests
{
    private const string Pipeline =
        """
        pipelineInfo: {name: prices}
        schemaVersion: 2.1.0
        root:
          inputDefinitions: {parameters: {rate: {parameterType: NUMBER_DOUBLE}, name: {parameterType: STRING, defaultValue: x}, list: {parameterType: LIST, isOptional: true}}}
          dag: {tasks: {train: {componentRef: {name: comp-train}}}}
        components: {comp-train: {executorLabel: exec-train}}
        deploymentSpec: {executors: {exec-train: {container: {image: alpine, command: [sh, -c, "true"]}}}}
        """;

    [Fact]
    public async Task RunThatSucceeds_GetsTypedParametersAndShowsEachChangeOnce()
    {
        JsonObject? sent = null;
        await using var server = await ServeAsync(b => sent = b, Run("Running", "Running"), null, Run("Running", "Running"), Run("Succeeded", "Succeeded", """{"auc": 0.9}"""));
        using var cli = Prepared();

        var exitCode = await cli.RunAsync("run", "pipeline.yaml", "-p", "rate=0.1", "-p", "name=5", "-p", "list=[1]", "--watch", "--no-cache", "--server", server.Address.ToString());

        Assert.True(exitCode == 0, cli.Error);
        Assert.Equal("""{"rate":0.1,"name":"5","list":[1]}""", sent!["parameters"]!.ToJsonString());
        Assert.Equal(("prices", "False"), ((string?)sent["spec"]!["pipelineInfo"]!["name"], sent["options"]!["enableCache"]!.GetValue<bool>().ToString()));
        Assert.StartsWith("cli:", (string?)sent["idempotencyKey"], StringComparison.Ordinal);
        Assert.Equal(1, cli.Out.Split("Running    train").Length - 1);
        Assert.Contains("Succeeded  train", cli.Out);
        Assert.Contains("auc = 0.9", cli.Out);
    }

    [Fact]
    public async Task RunThatFails_EndsWithOneAndSaysWhy()
    {
        await using var server = await ServeAsync(_ => { }, Run("Failed", "Failed", error: "train: It ended with exit code 1"));
        using var cli = Prepared();

        Assert.Equal(1, await cli.RunAsync("run", "pipeline.yaml", "-p", "rate=1", "--output", "json", "--server", server.Address.ToString()));

        Assert.Equal("Failed", (string?)JsonNode.Parse(cli.Out)!["state"]);
        Assert.Contains("train: It ended with exit code 1", cli.Error);
    }

    [Theory]
    [InlineData("rate=fast", "must be a number")]
    [InlineData("rat=1", "the pipeline has no such parameter; it has: rate, name, list")]
    [InlineData("rate", "must be NAME=VALUE")]
    public async Task WrongParameter_IsRefusedBeforeAnythingIsSent(string parameter, string why)
    {
        await using var server = await WireServer.AnsweringAsync(500, "text/plain", "never asked");
        using var cli = Prepared();

        Assert.Equal(2, await cli.RunAsync("run", "pipeline.yaml", "-p", parameter, "--server", server.Address.ToString()));

        Assert.Contains(why, cli.Error);
    }

    [Fact]
    public async Task PipelineWithFaults_IsRefusedWithItsLines()
    {
        using var cli = Prepared();
        cli.Write("bad.yaml", Pipeline.Replace("comp-train}}", "comp-ghost}}", StringComparison.Ordinal));

        Assert.Equal(2, await cli.RunAsync("run", "bad.yaml", "-p", "rate=1"));

        Assert.Contains("bad.yaml:5", cli.Error);
        Assert.Contains("comp-ghost", cli.Error);
    }

    private static CliRun Prepared()
    {
        var cli = new CliRun();
        cli.Write("pipeline.yaml", Pipeline);
        return cli;
    }

    private static string Run(string state, string step, string outputs = "null", string? error = null) => new JsonObject
    {
        ["id"] = "r1",
        ["state"] = state,
        ["created"] = "2026-01-01T00:00:00Z",
        ["finished"] = state == "Running" ? null : "2026-01-01T00:00:02Z",
        ["error"] = error,
        ["outputs"] = JsonNode.Parse(outputs),
        ["steps"] = new JsonArray(new JsonObject { ["name"] = "train", ["state"] = step, ["error"] = error }),
    }.ToJsonString();

    private static Task<WireServer> ServeAsync(Action<JsonObject> received, params string?[] runs)
    {
        var next = 0;
        return WireServer.StartAsync(async context =>
        {
            if (context.Request.Method == "POST")
            {
                received((JsonObject)JsonNode.Parse(await WireServer.BodyAsync(context))!);
                context.Response.StatusCode = 201;
                await context.Response.WriteAsync("""{"id":"r1","state":"Pending"}""");
            }
            else if (runs[Math.Min(next++, runs.Length - 1)] is { } run)
            {
                await context.Response.WriteAsync(run);
            }
            else
            {
                context.Abort();
            }
        });
    }
}
