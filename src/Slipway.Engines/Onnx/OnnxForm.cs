namespace Slipway.Engines.Onnx;

/// <summary>
/// What a tensor stands for in the model. Protocols know tensors alone, so what is none in the model is given and taken as one or two tensors of plain form.
/// </summary>
public enum OnnxForm
{
    /// <summary>A tensor in the model too; of an optional, the tensor in it.</summary>
    Tensor,

    /// <summary>A list of maps (class to probability, one per row) as FP32 [rows, classes].</summary>
    ZipMap,

    /// <summary>The elements of a sequence of tensors, one after another; named as the sequence.</summary>
    SequenceValues,

    /// <summary>
    /// The shapes of a sequence's elements, a row each: INT64 [elements, largest rank], rows of smaller rank filled with -1; named <c>NAME.shapes</c>.
    /// </summary>
    SequenceShapes,

    /// <summary>The keys of a map, INT64 or BYTES [n]; named <c>NAME.keys</c>.</summary>
    MapKeys,

    /// <summary>The values of a map in the order of its keys, [n]; named <c>NAME.values</c>.</summary>
    MapValues,
}
