using System.Collections.ObjectModel;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Runtimes;

/// <summary>A model that can be asked, wherever it runs: in this process, in a worker process, or behind another server.</summary>
internal interface IServedModel : IDisposable
{
    IReadOnlyList<OnnxTensorSpec> Inputs { get; }

    IReadOnlyList<OnnxTensorSpec> Outputs { get; }

    /// <summary>What the model's metadata says beside its tensors: labels of classes, inputs that may be left out. Mostly nothing.</summary>
    IReadOnlyDictionary<string, string> Properties => ReadOnlyDictionary<string, string>.Empty;

    /// <summary>As the protocol names it: <c>project_format</c>.</summary>
    string Platform { get; }

    /// <summary>Runs at a time that make sense, such as the cores or the worker processes; 0 for any number. It may change.</summary>
    int Parallelism => 0;

    /// <summary>What it keeps in this process's memory beside its requests, as far as it is known; 0 when it lives elsewhere.</summary>
    long MemoryBytes => 0;

    /// <summary>
    /// Runs the model. It ends at once, on the caller's thread, when the model is in this process. Invalid is said of the inputs; any other problem
    /// of the model.
    /// </summary>
    /// <param name="outputs">Places among <see cref="Outputs"/>; none means all.</param>
    /// <exception cref="OperationCanceledException">When cancelled, before or during the run.</exception>
    ValueTask<Result<TensorSet>> RunAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, CancellationToken cancellation);
}
