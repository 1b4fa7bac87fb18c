namespace Slipway.Engines.Onnx;

/// <summary>Reads the type of an input or output from the runtime.</summary>
internal static unsafe class OnnxTypeReader
{
    private const int TensorKind = 1;
    private const int SequenceKind = 2;
    private const int MapKind = 3;
    private const int SparseKind = 5;
    private const int OptionalKind = 6;

    /// <summary>Null for a type that has no form as tensors; <paramref name="text"/> is the type in ONNX's own words either way.</summary>
    public static OnnxPortType? Read(OrtApi api, nint type, bool input, out string text)
    {
        int kind;
        OrtStatus.Must(api, api.GetOnnxTypeFromTypeInfo(type, &kind));
        switch (kind)
        {
            case TensorKind:
                nint tensor;
                OrtStatus.Must(api, api.CastTypeInfoToTensorInfo(type, &tensor));
                var (element, dims) = Tensor(api, tensor);
                text = $"tensor({NameOf(element)})";
                return OnnxTypes.IsKnown(element) ? new OnnxPortType(OnnxKind.Tensor, (OnnxType)element, default, dims, false) : null;
            case SequenceKind:
                nint sequence, inner;
                OrtStatus.Must(api, api.CastTypeInfoToSequenceTypeInfo(type, &sequence));
                OrtStatus.Must(api, api.GetSequenceElementType(sequence, &inner));
                return OfSequence(ReadOwned(api, inner, input, out var innerText), input, innerText, out text);
            case MapKind:
                return OfMap(api, type, input, out text);
            case OptionalKind:
                nint optional, contained;
                OrtStatus.Must(api, api.CastTypeInfoToOptionalTypeInfo(type, &optional));
                OrtStatus.Must(api, api.GetOptionalContainedTypeInfo(optional, &contained));
                var held = ReadOwned(api, contained, input, out var heldText);
                text = $"optional({heldText})";
                return held?.Kind is OnnxKind.Tensor or OnnxKind.Sequence ? held with { Optional = true } : null;
            default:
                text = kind == SparseKind ? "sparse_tensor" : "opaque";
                return null;
        }
    }

    /// <summary>Element type and sizes (-1 is free) of a tensor's type.</summary>
    public static (int Element, long[] Dims) Tensor(OrtApi api, nint info)
    {
        int element;
        nuint rank;
        OrtStatus.Must(api, api.GetTensorElementType(info, &element));
        OrtStatus.Must(api, api.GetDimensionsCount(info, &rank));
        var dims = rank == 0 ? [] : new long[rank];
        fixed (long* d = dims)
        {
            OrtStatus.Must(api, api.GetDimensions(info, d, rank));
        }

        return (element, dims);
    }

    /// <summary>The views that the casts give belong to their type; types of elements and values are ours to release.</summary>
    private static OnnxPortType? ReadOwned(OrtApi api, nint type, bool input, out string text)
    {
        try
        {
            return Read(api, type, input, out text);
        }
        finally
        {
            api.ReleaseTypeInfo(type);
        }
    }

    private static OnnxPortType? OfSequence(OnnxPortType? element, bool input, string elementText, out string text)
    {
        text = $"seq({elementText})";
        return element switch
        {
            { Kind: OnnxKind.Tensor } => element with { Kind = OnnxKind.Sequence },
            { Kind: OnnxKind.Map, Element: OnnxType.FP32 } when !input => element with { Kind = OnnxKind.ZipMap },
            _ => null,
        };
    }

    /// <summary>The runtime has maps from whole numbers or texts to whole numbers, texts or floating-point numbers.</summary>
    private static OnnxPortType? OfMap(OrtApi api, nint type, bool input, out string text)
    {
        nint map, value;
        int key;
        OrtStatus.Must(api, api.CastTypeInfoToMapTypeInfo(type, &map));
        OrtStatus.Must(api, api.GetMapKeyType(map, &key));
        OrtStatus.Must(api, api.GetMapValueType(map, &value));
        var held = ReadOwned(api, value, input, out var valueText);
        text = $"map({NameOf(key)}, {valueText})";
        return held is { Kind: OnnxKind.Tensor, Element: OnnxType.FP32 or OnnxType.FP64 or OnnxType.INT64 or OnnxType.BYTES } && (OnnxType)key is OnnxType.INT64 or OnnxType.BYTES
            ? held with { Kind = OnnxKind.Map, Key = (OnnxType)key }
            : null;
    }

    private static string NameOf(int element) => OnnxTypes.IsKnown(element) ? ((OnnxType)element).WireName() : element switch
    {
        14 => "complex64",
        15 => "complex128",
        17 or 18 or 19 or 20 => "float8",
        21 => "uint4",
        22 => "int4",
        23 => "float4",
        _ => $"type {element}",
    };
}
