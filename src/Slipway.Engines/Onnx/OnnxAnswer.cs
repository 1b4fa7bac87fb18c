using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>Copies one of a model's own outputs out of the runtime, as the tensors that stand for it.</summary>
internal static unsafe class OnnxAnswer
{
    private const int Keys = 0;
    private const int Values = 1;

    /// <param name="spec">Declaration of the first of these tensors.</param>
    /// <param name="items">Where they go.</param>
    public static Problem? Read(OnnxEnvironment environment, OnnxPortType type, OnnxTensorSpec spec, nint value, Span<OnnxOutputs.Item> items)
    {
        var there = Has(environment.Api, type, value);
        switch (type.Kind)
        {
            case OnnxKind.Tensor:
                items[0] = there ? OnnxSequence.Copy(environment, value, type.Element) : Nothing(spec);
                return null;
            case OnnxKind.Sequence:
                (items[0], items[1]) = OnnxSequence.Read(environment, there ? value : 0, type.Element);
                return null;
            case OnnxKind.Map:
                items[0] = Part(environment, value, Keys, type.Key);
                items[1] = Part(environment, value, Values, type.Element);
                return null;
            default:
                items[0].Spec = spec;
                return OnnxZipMap.Flatten(environment, value, ref items[0]);
        }
    }

    private static bool Has(OrtApi api, OnnxPortType type, nint value)
    {
        if (!type.Optional)
        {
            return true;
        }

        int there;
        OrtStatus.Must(api, api.HasValue(value, &there));
        return there != 0;
    }

    /// <summary>An optional without a value: a tensor of the declared rank without elements.</summary>
    private static OnnxOutputs.Item Nothing(OnnxTensorSpec spec)
    {
        var dims = spec.Dims.Select((size, i) => i == 0 ? 0 : Math.Max(size, 0)).DefaultIfEmpty(0).ToArray();
        return spec.Type == OnnxType.BYTES ? new OnnxOutputs.Item { Dims = dims, OwnTexts = ([], []) } : new OnnxOutputs.Item { Dims = dims, Own = [] };
    }

    private static OnnxOutputs.Item Part(OnnxEnvironment environment, nint map, int part, OnnxType type)
    {
        nint tensor;
        OrtStatus.Must(environment.Api, environment.Api.GetValue(map, part, environment.Allocator, &tensor));
        var item = OnnxSequence.Copy(environment, tensor, type);
        environment.Api.ReleaseValue(tensor);
        return item;
    }
}
