namespace Slipway.Engines.Onnx;

/// <summary>
/// What a model says about one input or output. <paramref name="Dims"/> has -1 where the size is free. What is no tensor in the model is declared as the
/// tensors that stand for it: see <paramref name="Form"/>.
/// </summary>
public sealed record OnnxTensorSpec(string Name, OnnxType Type, IReadOnlyList<long> Dims, OnnxForm Form = OnnxForm.Tensor)
{
    public string Datatype => Type.WireName();

    public bool IsZipMap => Form == OnnxForm.ZipMap;

    /// <summary>An input that may be left out: the model has a default for it, or it follows from another.</summary>
    public bool Optional { get; init; }

    /// <summary>The model does not say how many dimensions there are; <see cref="Dims"/> is [-1] then.</summary>
    public bool AnyRank { get; init; }
}
