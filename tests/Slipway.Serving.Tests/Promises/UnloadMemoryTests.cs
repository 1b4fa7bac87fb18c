using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Promises;

/// <summary>What a model took comes back when it is unloaded: heaps and pools move by some megabytes, so the bound is a quarter of what a leak would be.</summary>
[Collection("memory")]
public sealed class UnloadMemoryTests
{
    private const int WeightBytes = 8 << 20;

    private static readonly int Cycles = LongForm.LoadCycles(usually: 60);

    [Fact]
    public async Task LoadsAndUnloads_LeaveNoneOfTheirWeightsBehind()
    {
        await using var host = await ServingHost.StartAsync();
        var weights = new float[WeightBytes / sizeof(float)];
        await host.RegisterAsync("big", OnnxWriter.Model(
            [OnnxWriter.Node("Gather", ["w", "i"], ["y"])], [OnnxWriter.Tensor("i", OnnxType.INT64, -1)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1)],
            weights: [OnnxWriter.Weights("w", [weights.Length], weights)]));
        await host.ApplyAsync("big", "models:/big/1");
        await CycleAsync(host, 5);
        var before = Environment.WorkingSet;

        await CycleAsync(host, Cycles);

        GC.Collect();
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, (long)Cycles * WeightBytes / 4);
    }

    private static async Task CycleAsync(ServingHost host, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var load = await host.Http.PostAsync("/v2/repository/models/big/load", null);
            Assert.True(load.IsSuccessStatusCode, await load.Content.ReadAsStringAsync());
            using var answer = await host.Http.PostAsync("/v2/models/big/infer", new StringContent("""{"inputs":[{"name":"i","shape":[1],"datatype":"INT64","data":[7]}]}"""));
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            using var unload = await host.Http.PostAsync("/v2/repository/models/big/unload", null);
            Assert.True(unload.IsSuccessStatusCode, await unload.Content.ReadAsStringAsync());
        }
    }
}
