using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Slipway.Conformance;

namespace Slipway.Chaos.Tests;

/// <summary>Metrics that were acknowledged are there after the server was killed, and a batch is there whole or not at all.</summary>
public sealed class KilledTrackingTests
{
    private const int PerBatch = 50;
    private const int Writers = 8;

    [Fact]
    public async Task Server_killed_while_eight_writers_log_Nothing_acknowledged_is_lost()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        await using var here = new LoopOnServer(folder.FullPath);
        here.Start();
        await here.ReadyAsync(cancellation);
        var run = (string)(await PostAsync(here.Client, "runs/create", new JsonObject { ["experiment_id"] = "0", ["start_time"] = 1 }, cancellation))["run"]!["info"]!["run_id"]!;

        var acknowledged = new ConcurrentBag<int>();
        var enough = new TaskCompletionSource();
        var writing = Enumerable.Range(0, Writers).Select(writer => Task.Run(
            async () =>
            {
                for (var batch = writer; ; batch += Writers)
                {
                    await PostAsync(here.Client, "runs/log-batch", Batch(run, batch), cancellation);
                    acknowledged.Add(batch);
                    if (acknowledged.Count >= 200)
                    {
                        enough.TrySetResult();
                    }
                }
            },
            cancellation)).ToArray();
        await enough.Task.WaitAsync(TimeSpan.FromMinutes(2), TimeProvider.System, cancellation);
        await here.KillAsync();
        foreach (var writer in writing)
        {
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => writer);
        }

        here.Start();
        await here.ReadyAsync(cancellation);
        var history = await here.Client.GetFromJsonAsync<JsonNode>($"api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m", cancellation);
        var batches = history!["metrics"]!.AsArray().GroupBy(p => (int)p!["step"]! / PerBatch).ToDictionary(g => g.Key, g => g.Count());
        Assert.All(batches.Values, count => Assert.Equal(PerBatch, count));
        Assert.Empty(acknowledged.Except(batches.Keys));
    }

    private static JsonObject Batch(string run, int batch) => new()
    {
        ["run_id"] = run,
        ["metrics"] = new JsonArray([.. Enumerable.Range(batch * PerBatch, PerBatch).Select(i => new JsonObject { ["key"] = "m", ["value"] = i, ["timestamp"] = i, ["step"] = i })]),
    };

    private static async Task<JsonNode> PostAsync(HttpClient client, string path, JsonObject body, CancellationToken cancellation)
    {
        using var answer = await client.PostAsJsonAsync($"api/2.0/mlflow/{path}", body, cancellation);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonNode>(cancellation))!;
    }
}
