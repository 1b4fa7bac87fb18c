namespace Slipway.Engines.Onnx;

/// <summary>The kinds of values that models take and give here.</summary>
internal enum OnnxKind
{
    Tensor,
    ZipMap,
    Sequence,
    Map,
}

/// <summary>The type of a model's own input or output.</summary>
/// <param name="Element">Of the tensor, of the sequence's tensors, of the map's values.</param>
/// <param name="Key">Of a map.</param>
/// <param name="Dims">Of a tensor; -1 is free.</param>
/// <param name="Optional">An ONNX optional. As an output it may have no value; as an input it has to have one: the runtime ends the process over one that has none.</param>
internal sealed record OnnxPortType(OnnxKind Kind, OnnxType Element, OnnxType Key, long[] Dims, bool Optional);

/// <summary>One of a model's own inputs or outputs, and where the tensors that stand for it begin among those that are declared.</summary>
internal sealed record OnnxPort(OnnxPortType Type, int First)
{
    /// <summary>The tensors that stand for a value called <paramref name="name"/>.</summary>
    public static OnnxTensorSpec[] SpecsOf(string name, OnnxPortType type, bool input) => type.Kind switch
    {
        OnnxKind.Tensor => [new OnnxTensorSpec(name, type.Element, type.Dims)],
        OnnxKind.ZipMap => [new OnnxTensorSpec(name, OnnxType.FP32, [-1, -1], OnnxForm.ZipMap)],
        OnnxKind.Sequence =>
        [
            new OnnxTensorSpec(name, type.Element, [-1], OnnxForm.SequenceValues) { AnyRank = input },
            new OnnxTensorSpec($"{name}.shapes", OnnxType.INT64, [-1, -1], OnnxForm.SequenceShapes) { Optional = input },
        ],
        _ =>
        [
            new OnnxTensorSpec($"{name}.keys", type.Key, [-1], OnnxForm.MapKeys),
            new OnnxTensorSpec($"{name}.values", type.Element, [-1], OnnxForm.MapValues),
        ],
    };
}
