using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Runtimes;

/// <summary>A model that may sleep (<see cref="Sleeper{T}"/>). What it takes and gives is known from its first load.</summary>
internal sealed class SleepingModel : IServedModel, IScaledModel
{
    private readonly Sleeper<IServedModel> _sleeper;

    /// <param name="patience">Longest a request is held.</param>
    /// <param name="changed">Called when it falls asleep or wakes.</param>
    public SleepingModel(
        IServedModel awake, ScaleSpec scale, Func<ScaleSpec, CancellationToken, Task<Result<RunnableModel>>> load, TimeSpan patience, Action changed, TimeProvider time)
    {
        (Inputs, Outputs, Properties, Platform) = (awake.Inputs, awake.Outputs, awake.Properties, awake.Platform);
        _sleeper = new Sleeper<IServedModel>(
            "The model", awake, scale, async (wanted, cancellation) => (await load(wanted, cancellation)).Select(loaded => loaded.Model), patience, changed, time);
    }

    public IReadOnlyList<OnnxTensorSpec> Inputs { get; }

    public IReadOnlyList<OnnxTensorSpec> Outputs { get; }

    public IReadOnlyDictionary<string, string> Properties { get; }

    public string Platform { get; }

    public long MemoryBytes => _sleeper.Awake?.MemoryBytes ?? 0;

    public ReplicaState Replicas => _sleeper.Replicas;

    public ValueTask<Result<TensorSet>> RunAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, CancellationToken cancellation) =>
        _sleeper.UseAsync((request, outputs), static (model, asked, token) => model.RunAsync(asked.request, asked.outputs, token), cancellation);

    public void Scale(ScaleSpec scale) => _sleeper.Scale(scale);

    public void Dispose() => _sleeper.Dispose();
}
