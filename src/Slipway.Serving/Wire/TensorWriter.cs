using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Wire;

/// <summary>Writes elements of an output as JSON values. What JSON cannot say (NaN, infinities) is null.</summary>
internal static class TensorWriter
{
    /// <summary>Not "-0", which most readers (Python's among them) take for a whole number, and whole numbers have no sign at zero.</summary>
    private static ReadOnlySpan<byte> NegativeZero => "-0.0"u8;

    /// <summary>The sizes of the dimensions, as the member <c>shape</c>.</summary>
    public static void WriteShape(Utf8JsonWriter writer, ReadOnlySpan<long> shape)
    {
        writer.WriteStartArray("shape");
        foreach (var size in shape)
        {
            writer.WriteNumberValue(size);
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes <paramref name="count"/> elements from <paramref name="from"/> on, without brackets.</summary>
    public static void WriteElements(Utf8JsonWriter writer, TensorSet outputs, int output, int from, int count)
    {
        switch (outputs.Spec(output).Type)
        {
            case OnnxType.FP32:
                foreach (var value in outputs.Values<float>(output).Slice(from, count))
                {
                    WriteFloat(writer, value);
                }

                break;
            case OnnxType.FP64:
                foreach (var value in outputs.Values<double>(output).Slice(from, count))
                {
                    WriteDouble(writer, value);
                }

                break;
            case OnnxType.FP16:
                foreach (var value in outputs.Values<Half>(output).Slice(from, count))
                {
                    WriteFloat(writer, (float)value);
                }

                break;
            case OnnxType.BF16:
                foreach (var value in outputs.Values<ushort>(output).Slice(from, count))
                {
                    WriteFloat(writer, Bf16.ToSingle(value));
                }

                break;
            case OnnxType.BOOL:
                foreach (var value in outputs.Values<byte>(output).Slice(from, count))
                {
                    writer.WriteBooleanValue(value != 0);
                }

                break;
            case OnnxType.UINT64:
                foreach (var value in outputs.Values<ulong>(output).Slice(from, count))
                {
                    writer.WriteNumberValue(value);
                }

                break;
            case OnnxType.BYTES:
                WriteTexts(writer, outputs, output, from, count);
                break;
            default:
                for (var i = from; i < from + count; i++)
                {
                    writer.WriteNumberValue(WholeAt(outputs, output, i));
                }

                break;
        }
    }

    /// <summary>One element of a whole-number type up to INT64.</summary>
    public static long WholeAt(TensorSet outputs, int output, int element) => outputs.Spec(output).Type switch
    {
        OnnxType.INT64 => outputs.Values<long>(output)[element],
        OnnxType.INT32 => outputs.Values<int>(output)[element],
        OnnxType.INT16 => outputs.Values<short>(output)[element],
        OnnxType.INT8 => outputs.Values<sbyte>(output)[element],
        OnnxType.UINT32 => outputs.Values<uint>(output)[element],
        OnnxType.UINT16 => outputs.Values<ushort>(output)[element],
        OnnxType.UINT8 or OnnxType.BOOL => outputs.Values<byte>(output)[element],
        var other => throw new ArgumentException($"{other} is not a whole-number type"),
    };

    public static void WriteFloat(Utf8JsonWriter writer, float value)
    {
        if (value == 0 && float.IsNegative(value))
        {
            writer.WriteRawValue(NegativeZero, skipInputValidation: true);
        }
        else if (float.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    public static void WriteDouble(Utf8JsonWriter writer, double value)
    {
        if (value == 0 && double.IsNegative(value))
        {
            writer.WriteRawValue(NegativeZero, skipInputValidation: true);
        }
        else if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    /// <summary>Bytes as a JSON string; what is not UTF-8 is shown with replacement characters, since JSON cannot hold it.</summary>
    public static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
        {
            writer.WriteStringValue(text);
        }
        else
        {
            writer.WriteStringValue(Encoding.UTF8.GetString(text));
        }
    }

    private static void WriteTexts(Utf8JsonWriter writer, TensorSet outputs, int output, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            WriteText(writer, outputs.Text(output, i));
        }
    }
}
