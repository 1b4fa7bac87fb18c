using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Pipelines.Tests.Engine;
using Slipway.Platform.Database;

namespace Slipway.Pipelines.Tests.Runs;

/// <summary>What an OpenLineage endpoint hears of a run, also one that is away at first.</summary>
public class OpenLineageTests
{
    [Fact]
    public async Task Run_IsToldWithItsTasksAndWhatTheyReadAndWrote_AlsoToAnEndpointThatWasAway()
    {
        var heard = new ConcurrentQueue<JsonObject>();
        var ended = new TaskCompletionSource();
        var asked = 0;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var sink = builder.Build();
        sink.MapPost("/api/v1/lineage", async (HttpContext http) =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return;
            }

            var told = (JsonObject)(await JsonNode.ParseAsync(http.Request.Body))!;
            heard.Enqueue(told);
            if ((string?)told["job"]!["name"] == "test-pipeline" && (string?)told["eventType"] == "COMPLETE")
            {
                ended.TrySetResult();
            }
        });
        await sink.StartAsync(TestContext.Current.CancellationToken);
        await using var host = await PipelinesHost.StartAsync(DatabaseEngine.Sqlite, null, [("Slipway:Pipelines:OpenLineageUrl", sink.Urls.First() + "/api/v1/lineage")]);

        var run = await host.RunIrAsync(IrText.Pipeline(
            """
            make: {componentRef: {name: comp-write}, inputs: {parameters: {text: {runtimeValue: {constant: hello}}}}}
            use: {componentRef: {name: comp-read}, inputs: {artifacts: {data: {taskOutputArtifact: {producerTask: make, outputArtifactKey: data}}}}}
            """));
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);

        var events = heard.ToDictionary(e => ((string)e["eventType"]!, (string)e["job"]!["name"]!));
        Assert.Equal(
            [("COMPLETE", "test-pipeline"), ("COMPLETE", "test-pipeline.root.make"), ("COMPLETE", "test-pipeline.root.use"), ("START", "test-pipeline")],
            events.Keys.OrderBy(k => k.Item1, StringComparer.Ordinal).ThenBy(k => k.Item2, StringComparer.Ordinal));
        var (make, use) = (events[("COMPLETE", "test-pipeline.root.make")], events[("COMPLETE", "test-pipeline.root.use")]);
        Assert.Equal((string?)make["outputs"]![0]!["name"], (string?)use["inputs"]![0]!["name"]);
        Assert.All([make, use], task => Assert.Equal(run.Run.Id, (string?)task["run"]!["facets"]!["parent"]!["run"]!["runId"]));
        Assert.All(heard, e => Assert.True(DateTimeOffset.TryParse((string?)e["eventTime"], System.Globalization.CultureInfo.InvariantCulture, out _)));
    }
}
