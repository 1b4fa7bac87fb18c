using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engines.Onnx;
using Slipway.Engines.Tests.Onnx;

namespace Slipway.Serving.Tests.Repository;

/// <summary>Models of 4 MB that come and go over HTTP: what one of them left behind would show after a few.</summary>
[Collection("memory")]
public sealed class LoadCycleTests
{
    /// <summary>What the native heap moves by: 46 MB in 200 cycles, and no more than that in 450.</summary>
    private const long Noise = 32 << 20;

    /// <summary>Pools keep a block of 8 MB, as large as a body here, for each thread that had one: 116 MB were seen after a thousand other tests in the process. One model kept per cycle would be 200.</summary>
    private const long Pooled = 160 << 20;

    private const long ModelBytes = 4_000_000;

    /// <summary>Cycles before the first measurement: pools and heaps reach the size that they keep.</summary>
    private const int First = 20;

    private static readonly int Cycles = LongForm.LoadCycles(usually: 50);

    /// <summary>Every tenth model that stayed would be more in the long form, and every sixth in the short one.</summary>
    private static long Allowed => Math.Max(Noise, Cycles * ModelBytes / 10);

    [Fact]
    public async Task LoadAskUnload_AgainAndAgain_LeavesNothingBehind()
    {
        await using var host = await ServingHost.StartAsync();
        var content = Convert.ToBase64String(OnnxWriter.Model(
            [OnnxWriter.Node("MatMul", ["x", "w"], ["y"])], [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 1000)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 1000)],
            weights: [OnnxWriter.Weights("w", [1000, 1000], new float[1_000_000])]));
        var load = new JsonObject { ["parameters"] = new JsonObject { ["config"] = "{}", ["file:1/model.onnx"] = content } }.ToJsonString();
        var infer = $$"""{"inputs":[{"name":"x","shape":[1,1000],"datatype":"FP32","data":[{{string.Join(',', Enumerable.Repeat("1", 1000))}}]}]}""";

        await CycleAsync(First);
        var (native, managed) = Kept();
        await CycleAsync(Cycles);

        var (nativeAfter, managedAfter) = Kept();
        Assert.True(nativeAfter - native < Allowed, $"{Cycles} cycles left {(nativeAfter - native) >> 10} KB of native memory behind");
        Assert.True(managedAfter - managed < Math.Max(Pooled, Allowed), $"{Cycles} cycles left {(managedAfter - managed) >> 10} KB of managed memory behind");
        Assert.Equal("[]", await PostAsync("/v2/repository/index", """{"ready":true}"""));

        async Task CycleAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                await PostAsync("/v2/repository/models/m/load", load);
                await PostAsync("/v2/models/m/infer", infer);
                await PostAsync("/v2/repository/models/m/unload", """{"parameters":{"unload_dependents":true}}""");
            }
        }

        async Task<string> PostAsync(string path, string body)
        {
            using var response = await host.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            return text;
        }
    }

    /// <summary>
    /// What the process holds beside the managed heap, and what lives in that. The heap itself keeps room for the megabytes of each body and gives it back when it likes, which says
    /// nothing of what was left behind.
    /// </summary>
    private static (long Native, long Managed) Kept()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        using var self = Process.GetCurrentProcess();
        return (self.WorkingSet64 - GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes, GC.GetTotalMemory(forceFullCollection: false));
    }
}

/// <summary>Tests that measure the process's memory run by themselves.</summary>
[CollectionDefinition("memory", DisableParallelization = true)]
public sealed class MemoryCollection;
