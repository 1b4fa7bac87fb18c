namespace Slipway.Engines.Onnx;

/// <summary>
/// What a model says about one input or output. <paramref name="Dims"/> has -1 where the size is free. A scikit-learn style list of
/// maps (ZipMap) is declared as its flattened form: FP32 of [-1, classes unknown = -1], with <paramref name="IsZipMap"/> set.
/// </summary>
public sealed record OnnxTensorSpec(string Name, OnnxType Type, IReadOnlyList<long> Dims, bool IsZipMap = false)
{
    public string Datatype => Type.WireName();
}
