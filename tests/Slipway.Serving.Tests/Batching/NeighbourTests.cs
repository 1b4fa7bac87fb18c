using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Slipway.Serving.Tests.Batching;

/// <summary>What models do to each other in one process.</summary>
public sealed class NeighbourTests
{
    /// <summary>Turns of a loop: a run of some tens of milliseconds.</summary>
    private const int Heavy = 20_000;
    private const int LightRequests = 200;

    /// <summary>
    /// Counts instead of times: while so many requests of the light model are answered one after another, the heavy one, which has many more callers than cores all the while,
    /// finishes fewer runs than half of them. If the light one had to wait for a heavy run, or for its thread, it would be at least one run for each.
    /// </summary>
    [Fact]
    public async Task AHeavyModelUnderLoad_DoesNotHoldUpALightOne()
    {
        await using var host = await ServingHost.StartAsync();
        await host.ServeAsync("heavy", Models.Slow);
        await host.ServeAsync("light", Models.Twice);
        using var end = new CancellationTokenSource();
        var finished = 0;
        var callers = Enumerable.Range(0, 8 * Environment.ProcessorCount).Select(_ => HeavyAsync()).ToArray();
        await Eventually.HoldsAsync(() => Volatile.Read(ref finished) > 0);

        var before = Volatile.Read(ref finished);
        for (var i = 0; i < LightRequests; i++)
        {
            Assert.Equal(2f * i, (float)(await host.AnswerAsync("light", null, i))["outputs"]![0]!["data"]![0]!);
        }

        var meanwhile = Volatile.Read(ref finished) - before;
        Assert.True(host.Lane("heavy").Queued > 0, "the heavy model was not under load");
        await end.CancelAsync();
        await Task.WhenAll(callers);
        Assert.True(meanwhile < LightRequests / 2, $"{meanwhile} heavy runs ended while {LightRequests} light requests were answered");

        async Task HeavyAsync()
        {
            while (!end.IsCancellationRequested)
            {
                using var response = await host.Http.PostAsync("/v2/models/heavy/infer", ServiceHarness.Turns(Heavy), CancellationToken.None);
                Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
                Interlocked.Increment(ref finished);
            }
        }
    }

    [Fact]
    public async Task MemoryOfEachModel_IsToldInStatisticsAndMetrics_UntilItIsUnloaded()
    {
        await using var host = await ServingHost.StartAsync();
        using var counters = new Counters(host);
        await host.ServeAsync("a", Models.Twice);
        await host.ServeAsync("b", Models.Slow);

        Assert.Equal(Models.Twice.Length, await BytesAsync("a"));
        Assert.Equal(Models.Slow.Length, await BytesAsync("b"));
        counters.Observe();
        Assert.Equal(Models.Twice.Length + Models.Slow.Length, counters["slipway_serving_model_memory_bytes"]);

        (await host.Http.PostAsync("/v2/repository/models/a/unload", null)).EnsureSuccessStatusCode();
        counters.Observe();
        Assert.Equal(Models.Twice.Length + (2 * Models.Slow.Length), counters["slipway_serving_model_memory_bytes"]);

        async Task<long> BytesAsync(string model) =>
            (long)(await host.Http.GetFromJsonAsync<JsonObject>($"/v2/models/{model}/stats"))!["model_stats"]![0]!["memory_usage"]![0]!["byte_size"]!;
    }
}
