namespace Slipway.Training.Export;

/// <summary>Element types by their ONNX numbers.</summary>
internal enum OnnxType
{
    Float = 1,
    Int64 = 7,
    String = 8,
    Double = 11,
}
