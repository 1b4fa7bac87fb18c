using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Wire;

/// <summary>One element of an output as an object: a double, a long, a ulong, a bool or a string.</summary>
internal static class OutputElement
{
    public static object Read(TensorSet outputs, int output, int element)
    {
        switch (outputs.Spec(output).Type)
        {
            case OnnxType.FP32:
                return (double)outputs.Values<float>(output)[element];
            case OnnxType.FP64:
                return outputs.Values<double>(output)[element];
            case OnnxType.FP16:
                return (double)outputs.Values<Half>(output)[element];
            case OnnxType.BF16:
                return (double)Bf16.ToSingle(outputs.Values<ushort>(output)[element]);
            case OnnxType.UINT64:
                return outputs.Values<ulong>(output)[element];
            case OnnxType.BYTES:
                return outputs.TextAt(output, element);
            default:
                return TensorWriter.WholeAt(outputs, output, element);
        }
    }
}
