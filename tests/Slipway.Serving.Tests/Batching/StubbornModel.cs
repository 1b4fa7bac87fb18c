using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Runtimes;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Tests.Batching;

/// <summary>A runtime that does not listen to cancellation: its runs end when they are done.</summary>
internal sealed class StubbornModel : IServedModel
{
    private readonly SemaphoreSlim _ends = new(0);
    private readonly SemaphoreSlim _running = new(0);

    public IReadOnlyList<OnnxTensorSpec> Inputs { get; } = [new("x", OnnxType.FP32, [-1, 1])];

    public IReadOnlyList<OnnxTensorSpec> Outputs { get; } = [new("y", OnnxType.FP32, [-1, 1])];

    public string Platform => "test_stubborn";

    public int Parallelism => 1;

    public bool IsDisposed { get; private set; }

    public void EndOne() => _ends.Release();

    /// <summary>Ends when a second run has begun.</summary>
    public async Task UntilRunningAsync()
    {
        await _running.WaitAsync();
        await _running.WaitAsync();
    }

    public async ValueTask<Result<TensorSet>> RunAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, CancellationToken cancellation)
    {
        _running.Release();
        await _ends.WaitAsync(CancellationToken.None);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        var input = request.Inputs[0];
        return new FloatTensors([new Floats(Outputs[0], input.Shape, input.Numbers!.As<float>()[..input.Elements].ToArray())]);
    }

    public void Dispose() => IsDisposed = true;
}
