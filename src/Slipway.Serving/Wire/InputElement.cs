using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Wire;

/// <summary>Writes one element of a request's tensor as JSON again.</summary>
internal static class InputElement
{
    public static void Write(Utf8JsonWriter writer, InputTensor tensor, int element)
    {
        if (tensor.Texts is { } texts)
        {
            TensorWriter.WriteText(writer, texts[element].Span);
            return;
        }

        var numbers = tensor.Numbers!;
        switch (tensor.Type)
        {
            case OnnxType.FP32:
                TensorWriter.WriteFloat(writer, numbers.As<float>()[element]);
                break;
            case OnnxType.FP64:
                TensorWriter.WriteDouble(writer, numbers.As<double>()[element]);
                break;
            case OnnxType.FP16:
                TensorWriter.WriteFloat(writer, (float)numbers.As<Half>()[element]);
                break;
            case OnnxType.BF16:
                TensorWriter.WriteFloat(writer, Bf16.ToSingle(numbers.As<ushort>()[element]));
                break;
            case OnnxType.BOOL:
                writer.WriteBooleanValue(numbers.As<byte>()[element] != 0);
                break;
            case OnnxType.UINT64:
                writer.WriteNumberValue(numbers.As<ulong>()[element]);
                break;
            case OnnxType.INT64:
                writer.WriteNumberValue(numbers.As<long>()[element]);
                break;
            case OnnxType.INT32:
                writer.WriteNumberValue(numbers.As<int>()[element]);
                break;
            case OnnxType.INT16:
                writer.WriteNumberValue(numbers.As<short>()[element]);
                break;
            case OnnxType.INT8:
                writer.WriteNumberValue(numbers.As<sbyte>()[element]);
                break;
            case OnnxType.UINT32:
                writer.WriteNumberValue(numbers.As<uint>()[element]);
                break;
            case OnnxType.UINT16:
                writer.WriteNumberValue(numbers.As<ushort>()[element]);
                break;
            default:
                writer.WriteNumberValue(numbers.As<byte>()[element]);
                break;
        }
    }
}
