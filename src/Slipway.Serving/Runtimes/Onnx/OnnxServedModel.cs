using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Runtimes.Onnx;

/// <summary>A model in this process, on ONNX Runtime.</summary>
/// <param name="bytes">Size of its file: weights are copied out of it, and nothing else of a model is large.</param>
/// <param name="labels">Class labels of each output, as far as a run at the start has shown them.</param>
internal sealed class OnnxServedModel(OnnxModel model, long bytes = 0, IReadOnlyList<IReadOnlyList<string>>? labels = null) : IServedModel
{
    /// <summary>An exporter that lists weights among the inputs makes hundreds of them optional; who looks for a parameter does not want them all.</summary>
    private const int MostOptionalInputs = 64;

    public IReadOnlyList<OnnxTensorSpec> Inputs => model.Inputs;

    public IReadOnlyList<OnnxTensorSpec> Outputs => model.Outputs;

    public IReadOnlyDictionary<string, string> Properties { get; } = Describe(model, labels ?? []);

    public string Platform => "onnx_onnxv1";

    /// <summary>A run keeps one core busy (sessions have one thread): more at a time than cores only take turns, and keep other models from theirs.</summary>
    public int Parallelism => Environment.ProcessorCount;

    public long MemoryBytes => bytes;

    public ValueTask<Result<TensorSet>> RunAsync(InferenceRequest request, ReadOnlyMemory<int> outputs, CancellationToken cancellation) =>
        new(Run(request.ToOnnx(), outputs.Span, cancellation));

    public Result<TensorSet> Run(ReadOnlySpan<OnnxInput> inputs, ReadOnlySpan<int> outputs, CancellationToken cancellation) =>
        model.Run(inputs, outputs, cancellation).TryGet(out var made, out var problem) ? new OnnxTensorSet(made) : problem;

    public void Dispose() => model.Dispose();

    private static Dictionary<string, string> Describe(OnnxModel model, IReadOnlyList<IReadOnlyList<string>> labels)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < labels.Count; i++)
        {
            if (labels[i].Count > 0)
            {
                properties[PropertyNames.LabelsOf(model.Outputs[i])] = PropertyNames.ListOf(labels[i]);
            }
        }

        if (model.Defaults.Count > 0)
        {
            properties[PropertyNames.OptionalInputs] = PropertyNames.ListOf(model.Defaults.Take(MostOptionalInputs));
        }

        return properties;
    }

    /// <summary>Tensors in the runtime's memory.</summary>
    private sealed class OnnxTensorSet(OnnxOutputs outputs) : TensorSet
    {
        /// <summary>Texts are copied out of the runtime once, on the first look.</summary>
        private (byte[] Bytes, int[] Ends)[]? _texts;

        public override int Count => outputs.Count;

        public override OnnxTensorSpec Spec(int index) => outputs.Spec(index);

        public override ReadOnlySpan<long> Shape(int index) => outputs.Shape(index);

        public override ReadOnlySpan<byte> Bytes(int index) => outputs.Bytes(index);

        public override IReadOnlyList<string> Classes(int index) => outputs.Classes(index);

        public override (byte[] Bytes, int[] Ends) Utf8(int index)
        {
            _texts ??= new (byte[], int[])[outputs.Count];
            return _texts[index].Bytes is null ? _texts[index] = outputs.Utf8(index) : _texts[index];
        }

        public override void Dispose() => outputs.Dispose();
    }
}
