using System.Threading.Channels;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Tests.Batching;

/// <summary>
/// A runtime whose runs end when the test says so. Its answer tells of the whole batch: y is x, total is the sum of all x in the run, so that an
/// answer shows which rows were run together.
/// </summary>
internal sealed class GatedModel(int parallelism = 1, bool rowsOut = true) : IServedModel
{
    private readonly Channel<GatedRun> _runs = Channel.CreateUnbounded<GatedRun>();

    public IReadOnlyList<OnnxTensorSpec> Inputs { get; init; } = [new("x", OnnxType.FP32, [-1, -1])];

    public IReadOnlyList<OnnxTensorSpec> Outputs { get; } = [new("y", OnnxType.FP32, [-1, -1]), new("total", OnnxType.FP32, [-1, 1])];

    public string Platform => "test_gated";

    public int Parallelism => parallelism;

    /// <summary>Rows with this value make the run that they are part of fail.</summary>
    public float Poison { get; init; } = float.NaN;

    public int Started { get; private set; }

    public bool IsDisposed { get; private set; }

    public async ValueTask<GatedRun> NextAsync() => await _runs.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

    public async ValueTask<Result<TensorSet>> RunAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, CancellationToken cancellation)
    {
        Started++;
        var input = request.Inputs[0];
        var run = new GatedRun(input.Shape, input.Numbers!.As<float>()[..input.Elements].ToArray(), outputs.ToArray(), cancellation);
        await using var registration = cancellation.Register(() => run.Ended.TrySetCanceled(cancellation));
        _runs.Writer.TryWrite(run);
        await run.Ended.Task;

        // Read again: the memory has to be whole until the run has ended.
        var x = input.Numbers!.As<float>()[..input.Elements].ToArray();
        if (x.Contains(Poison))
        {
            return Problem.Invalid("poison");
        }

        var rows = rowsOut ? (int)input.Shape[0] : 1;
        var all = new[]
        {
            new Floats(Outputs[0], [rows, x.Length / rows], x), new Floats(Outputs[1], [rows, 1], [.. Enumerable.Repeat(x.Sum(), rows)]),
        };
        return new FloatTensors(outputs.IsEmpty ? all : [.. outputs.ToArray().Select(o => all[o])]);
    }

    public void Dispose() => IsDisposed = true;
}

internal sealed record GatedRun(long[] Shape, float[] X, int[] Outputs, CancellationToken Cancellation)
{
    public TaskCompletionSource Ended { get; } = new();

    public void End() => Ended.TrySetResult();
}

internal sealed record Floats(OnnxTensorSpec Spec, long[] Shape, float[] Values);

/// <summary>Tensors in memory, which tell when they have been freed.</summary>
internal sealed class FloatTensors(Floats[] all) : TensorSet
{
    public bool IsDisposed { get; private set; }

    public override int Count => all.Length;

    public override OnnxTensorSpec Spec(int index) => all[index].Spec;

    public override ReadOnlySpan<long> Shape(int index) => all[index].Shape;

    public override ReadOnlySpan<byte> Bytes(int index)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(all[index].Values);
    }

    public override (byte[] Bytes, int[] Ends) Utf8(int index) => throw new NotSupportedException();

    public override void Dispose() => IsDisposed = true;
}
