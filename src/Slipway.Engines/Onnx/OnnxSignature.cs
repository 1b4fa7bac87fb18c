using System.Runtime.InteropServices;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>The declared inputs and outputs of a session.</summary>
internal sealed unsafe record OnnxSignature(OnnxTensorSpec[] Inputs, OnnxTensorSpec[] Outputs)
{
    private const int TensorKind = 1;
    private const int SequenceKind = 2;
    private const int MapKind = 3;

    public static Result<OnnxSignature> Read(OnnxEnvironment environment, nint session)
    {
        var api = environment.Api;
        nuint inputs, outputs;
        OrtStatus.Must(api, api.SessionGetInputCount(session, &inputs));
        OrtStatus.Must(api, api.SessionGetOutputCount(session, &outputs));
        var faults = new List<Fault>();
        var signature = new OnnxSignature(new OnnxTensorSpec[inputs], new OnnxTensorSpec[outputs]);
        for (nuint i = 0; i < inputs; i++)
        {
            byte* name;
            nint type;
            OrtStatus.Must(api, api.SessionGetInputName(session, i, environment.Allocator, &name));
            OrtStatus.Must(api, api.SessionGetInputTypeInfo(session, i, &type));
            signature.Inputs[i] = Spec(environment, name, type, faults, allowZipMap: false);
        }

        for (nuint i = 0; i < outputs; i++)
        {
            byte* name;
            nint type;
            OrtStatus.Must(api, api.SessionGetOutputName(session, i, environment.Allocator, &name));
            OrtStatus.Must(api, api.SessionGetOutputTypeInfo(session, i, &type));
            signature.Outputs[i] = Spec(environment, name, type, faults, allowZipMap: true);
        }

        return faults.Count == 0 ? signature : Problem.Invalid(faults) with { Code = ProblemCode.Unsupported };
    }

    /// <summary>Reads one declaration, and releases the name and the type.</summary>
    private static OnnxTensorSpec Spec(OnnxEnvironment environment, byte* nativeName, nint type, List<Fault> faults, bool allowZipMap)
    {
        var api = environment.Api;
        var name = Marshal.PtrToStringUTF8((nint)nativeName)!;
        OrtStatus.Must(api, api.AllocatorFree(environment.Allocator, nativeName));
        try
        {
            int kind;
            OrtStatus.Must(api, api.GetOnnxTypeFromTypeInfo(type, &kind));
            if (kind == TensorKind)
            {
                nint tensor;
                OrtStatus.Must(api, api.CastTypeInfoToTensorInfo(type, &tensor));
                var (element, dims) = Tensor(api, tensor);
                if (OnnxTypes.IsKnown(element))
                {
                    return new OnnxTensorSpec(name, (OnnxType)element, dims);
                }
            }
            else if (kind == SequenceKind && allowZipMap && IsMapsOfFloat(api, type))
            {
                return new OnnxTensorSpec(name, OnnxType.FP32, [-1, -1], IsZipMap: true);
            }

            faults.Add(new Fault(name, "its type is not supported; use tensors of numbers, booleans or strings (or, as an output, a ZipMap)"));
            return new OnnxTensorSpec(name, OnnxType.FP32, []);
        }
        finally
        {
            api.ReleaseTypeInfo(type);
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

    /// <summary>The views that the casts give belong to the type; element and value types are ours to release.</summary>
    private static bool IsMapsOfFloat(OrtApi api, nint type)
    {
        nint sequence, element;
        OrtStatus.Must(api, api.CastTypeInfoToSequenceTypeInfo(type, &sequence));
        OrtStatus.Must(api, api.GetSequenceElementType(sequence, &element));
        try
        {
            int kind;
            OrtStatus.Must(api, api.GetOnnxTypeFromTypeInfo(element, &kind));
            if (kind != MapKind)
            {
                return false;
            }

            nint map, value;
            int key;
            OrtStatus.Must(api, api.CastTypeInfoToMapTypeInfo(element, &map));
            OrtStatus.Must(api, api.GetMapKeyType(map, &key));
            OrtStatus.Must(api, api.GetMapValueType(map, &value));
            nint tensor;
            OrtStatus.Must(api, api.CastTypeInfoToTensorInfo(value, &tensor));
            var number = tensor == 0 ? 0 : Tensor(api, tensor).Element;
            api.ReleaseTypeInfo(value);
            return number == (int)OnnxType.FP32 && (OnnxType)key is OnnxType.INT64 or OnnxType.BYTES;
        }
        finally
        {
            api.ReleaseTypeInfo(element);
        }
    }
}
