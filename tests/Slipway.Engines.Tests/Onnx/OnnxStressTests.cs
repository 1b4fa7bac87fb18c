using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Tests.Onnx;

[Collection("memory")]
public sealed class OnnxStressTests
{
    /// <summary>A leak of 100 bytes a call would show as 20 MB after this many; SLIPWAY_STRESS_CALLS=1000000 runs the long variant.</summary>
    private static readonly int Calls =
        int.TryParse(Environment.GetEnvironmentVariable("SLIPWAY_STRESS_CALLS"), out var calls) ? calls : 200_000;

    [Fact]
    public void Run_ManyTimes_MemoryStaysFlat()
    {
        using var model = OnnxModel.Load(OnnxWriter.Identity(OnnxType.FP32, -1, 30)).OrThrow();
        using var strings = OnnxModel.Load(OnnxWriter.Identity(OnnxType.BYTES, -1)).OrThrow();
        using var buffer = OnnxBuffer.Rent(120);
        var shape = new long[] { 1, 30 };
        var texts = OnnxInput.Strings("x", ["a string too long to be kept inside a std::string"], new long[] { 1 });
        void Once(int i)
        {
            using var outputs = model.Run([OnnxInput.From("x", OnnxType.FP32, buffer, 120, shape)]).OrThrow();
            if (i % 10 == 0)
            {
                using var answer = strings.Run([texts]).OrThrow();
                model.Run([OnnxInput.From("wrong", new float[30], shape)]);
            }
        }

        Memory.AssertFlat(Calls, Once);
    }

    [Fact]
    public void Structured_RunManyTimesAndAfterDispose_NeitherLeaksNorCrashes()
    {
        using var model = OnnxModel.Load(OnnxWriter.Model(
            [OnnxWriter.Node("SplitToSequence", ["x"], ["y"], "", OnnxWriter.Int("axis", 0))], [OnnxWriter.Tensor("x", OnnxType.FP32, -1, -1)], [OnnxWriter.SequenceOfTensors("y")])).OrThrow();
        var rows = OnnxInput.From("x", new float[] { 1, 2, 3, 4 }, new long[] { 2, 2 });
        Memory.AssertFlat(20_000, _ => model.Run([rows]).OrThrow().Dispose());
        model.Dispose();
        Assert.Equal(ProblemCode.Unavailable, model.Run([rows]).Problem!.Code);
    }

    [Fact]
    public void Load_AndDisposeManyTimes_MemoryStaysFlat()
    {
        var bytes = OnnxWriter.Identity(OnnxType.FP32, -1, 30);
        Memory.AssertFlat(400, i =>
        {
            using var model = OnnxModel.Load(bytes).OrThrow();
            OnnxModel.Load(bytes.AsSpan(0, 20));
        });
    }

    /// <summary>Weights of 4 MB, so that a session kept by mistake would show after a few of the 200.</summary>
    [Fact]
    public void Load_RunAndDisposeOfLargeModels_GivesTheirMemoryBack()
    {
        var bytes = OnnxWriter.Model(
            [OnnxWriter.Node("MatMul", ["x", "w"], ["y"])], [OnnxWriter.Tensor("x", OnnxType.FP32, -1, 1000)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, 1000)],
            weights: [OnnxWriter.Weights("w", [1000, 1000], new float[1_000_000])]);
        Memory.AssertFlat(200, i =>
        {
            using var model = OnnxModel.Load(bytes).OrThrow();
            model.Run([OnnxInput.From("x", new float[1000], new long[] { 1, 1000 })]).OrThrow().Dispose();
        });
    }

    /// <summary>A chain of products that would take many seconds ends when it is cancelled in the middle, again and again, and the model still answers.</summary>
    [Fact]
    public async Task Run_CancelledInTheMiddle_EndsAtTheNextOperator()
    {
        const int Steps = 400;
        var names = Enumerable.Range(0, Steps + 1).Select(i => i == 0 ? "x" : i == Steps ? "y" : $"n{i}").ToArray();
        using var model = OnnxModel.Load(OnnxWriter.Model(
            [.. Enumerable.Range(0, Steps).Select(i => OnnxWriter.Node("MatMul", [names[i], "x"], [names[i + 1]]))],
            [OnnxWriter.Tensor("x", OnnxType.FP32, -1, -1)], [OnnxWriter.Tensor("y", OnnxType.FP32, -1, -1)])).OrThrow();
        for (var i = 0; i < 3; i++)
        {
            using var cancel = new CancellationTokenSource();
            var run = Task.Factory.StartNew(
                () => model.Run([OnnxInput.From("x", new float[1_000_000], new long[] { 1000, 1000 })], cancel.Token), cancel.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
            await cancel.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        }

        // Run options that were told to stop must not come back to life in another run.
        using var alive = new CancellationTokenSource();
        model.Run([OnnxInput.From("x", new float[] { 1 }, new long[] { 1, 1 })], alive.Token).OrThrow().Dispose();
    }

    [Fact]
    public async Task Dispose_WhileOthersRun_LetsThemFinish()
    {
        for (var round = 0; round < 8; round++)
        {
            var model = OnnxModel.Load(OnnxWriter.Identity(OnnxType.FP32, -1)).OrThrow();
            var started = new CountdownEvent(2);
            var runners = Enumerable.Range(0, 2).Select(n => Task.Factory.StartNew(() =>
            {
                started.Signal();
                var values = new[] { n + .5f };
                while (true)
                {
                    var result = model.Run([OnnxInput.From("x", values, new long[] { 1 })]);
                    if (!result.TryGet(out var outputs, out var problem))
                    {
                        return problem.Code;
                    }

                    using (outputs)
                    {
                        Assert.Equal(n + .5f, outputs.Values<float>(0)[0]);
                    }
                }
            }, TaskCreationOptions.LongRunning)).ToArray();
            started.Wait();
            model.Dispose();
            Assert.All(await Task.WhenAll(runners), code => Assert.Equal(ProblemCode.Unavailable, code));
        }
    }

    [Fact]
    public void Outputs_OfADisposedModel_StayReadable()
    {
        var model = OnnxModel.Load(OnnxWriter.Identity(OnnxType.FP32, -1)).OrThrow();
        var outputs = model.Run([OnnxInput.From("x", new[] { 4f }, new long[] { 1 })]).OrThrow();
        model.Dispose();
        Assert.Equal(4f, outputs.Values<float>(0)[0]);
        outputs.Dispose();
    }
}
