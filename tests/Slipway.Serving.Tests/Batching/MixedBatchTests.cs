using FsCheck;
using FsCheck.Fluent;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Runtimes.Onnx;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Tests.Batching;

/// <summary>
/// The trouble of other servers: one caller gets all answers of a batch, or another's; batches exceed their limit. The model's answer depends on the
/// whole batch, so that whatever happened shows.
/// </summary>
public sealed class MixedBatchTests
{
    private static readonly Arbitrary<(int[] Sizes, int Most, int Concurrency)> Loads = Arb.From(
        from sizes in Gen.Choose(1, 7).NonEmptyListOf()
        from most in Gen.Choose(1, 12)
        from concurrency in Gen.Choose(1, 3)
        select (sizes.Take(60).ToArray(), most, concurrency));

    [Fact]
    public void WhateverTheSizesAndTheThreads_EachGetsItsOwnRows_OfABatchWithinItsLimit() => Prop.ForAll(Loads, load =>
    {
        using var lane = new LaneHarness(
            new OnnxServedModel(OnnxModel.Load(Models.BatchMean).OrThrow()), LaneHarness.Batches(load.Most, concurrency: load.Concurrency), time: TimeProvider.System);
        var next = 0f;
        var asked = load.Sizes.Select(size => Enumerable.Range(0, size).Select(_ => next++).ToArray()).ToArray();

        var answers = Task.WhenAll(asked.Select(x => Task.Run(() => AskAsync(lane, x)))).GetAwaiter().GetResult();

        // Batches of the same mean have together that mean too, so this holds however they fell.
        var together = answers.GroupBy(a => a.Means[0]);
        return answers.Zip(asked).All(p => p.First.Values.SequenceEqual(p.Second)
                && p.First.Texts.SequenceEqual(p.Second.Select(v => $"city {v}"))
                && p.First.Means.All(m => m == p.First.Means[0]))
            && together.All(g => Math.Abs(g.SelectMany(a => a.Values).Average() - g.Key) < 0.01)
            && lane.Statistics.Batches.All(b => b.Key <= load.Most || load.Sizes.Contains(b.Key))
            && lane.Statistics.Batches.Sum(b => b.Key * b.Value.ComputeInfer.Count) == load.Sizes.Sum();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task CallersWhoComeAndGo_DisturbNobodyElse()
    {
        using var lane = new LaneHarness(
            new OnnxServedModel(OnnxModel.Load(Models.BatchMean).OrThrow()), LaneHarness.Batches(8, concurrency: 1), time: TimeProvider.System);
        var random = new Random(7);
        var stays = new List<Task<Told>>();
        var leaves = new List<Task>();
        for (var i = 0; i < 400; i++)
        {
            var x = Enumerable.Range(0, random.Next(1, 4)).Select(r => (float)((i * 10) + r)).ToArray();
            if (i % 3 == 0)
            {
                var caller = new CancellationTokenSource();
                leaves.Add(Task.Run(() => AskAsync(lane, x, caller.Token)));
                leaves.Add(Task.Run(caller.Cancel));
            }
            else
            {
                stays.Add(Task.Run(() => AskAsync(lane, x)));
            }
        }

        var told = await Task.WhenAll(stays);
        foreach (var task in leaves)
        {
            try
            {
                await task;
            }
            catch (OperationCanceledException)
            {
                // As it should; some were answered before.
            }
        }

        Assert.All(told, t => Assert.Equal(t.Values.Select(v => $"city {v}"), t.Texts));
        Assert.Equal(0, lane.Lane.Queued);
        Assert.Equal(0, lane.Lane.Running);
    }

    private static async Task<Told> AskAsync(LaneHarness lane, float[] x, CancellationToken cancellation = default)
    {
        var numbers = OnnxBuffer.Rent(x.Length * sizeof(float));
        x.CopyTo(numbers.As<float>());
        using var request = new InferenceRequest();

        // In another order than the model's on purpose.
        request.Inputs.Add(new InputTensor("sales", OnnxType.FP32, [x.Length, 1], numbers, null, x.Length));
        var texts = x.Select(v => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes($"city {v}")).ToArray();
        request.Inputs.Add(new InputTensor("city", OnnxType.BYTES, [x.Length, 1], null, texts, x.Length));
        Assert.True(lane.Shared.TryAcquire());
        try
        {
            var ran = await lane.Lane.RunAsync(request, default, default, cancellation);
            using var outputs = ran.Outputs.OrThrow();
            return new Told(
                outputs.Values<float>(1).ToArray(), [.. Enumerable.Range(0, x.Length).Select(i => outputs.TextAt(0, i))], outputs.Values<float>(2).ToArray());
        }
        finally
        {
            lane.Shared.Release();
        }
    }

    private sealed record Told(float[] Values, string[] Texts, float[] Means);
}
