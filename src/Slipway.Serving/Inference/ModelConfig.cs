using Slipway.Engines.Onnx;
using Slipway.Serving.Runtimes;

namespace Slipway.Serving.Inference;

/// <summary>
/// A model as Triton's configuration describes one (the extension model_configuration). Where requests share runs, max_batch_size says how large and
/// the sizes are those of one row; otherwise it is 0 and the sizes are whole, as in the metadata.
/// </summary>
internal static class ModelConfig
{
    /// <summary>The runtime: the part before the format in the platform.</summary>
    public static string BackendOf(IServedModel model) => model.Platform[..model.Platform.IndexOf('_', StringComparison.Ordinal)] switch
    {
        "onnx" => "onnxruntime",
        var other => other,
    };

    public static bool IsOnnx(IServedModel model) => model.Platform.StartsWith("onnx_", StringComparison.Ordinal);

    public static IEnumerable<long> DimsOf(OnnxTensorSpec spec, bool batching) => batching ? spec.Dims.Skip(1) : spec.Dims;

    /// <summary>Triton's name of a type.</summary>
    public static string TypeOf(OnnxType type) => type == OnnxType.BYTES ? "TYPE_STRING" : "TYPE_" + type.WireName();
}
