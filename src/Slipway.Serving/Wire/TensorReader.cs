using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Wire;

/// <summary>Elements read so far: numbers in pooled memory, or texts.</summary>
internal readonly record struct TensorData(OnnxBuffer? Numbers, ReadOnlyMemory<byte>[]? Texts, int Elements);

/// <summary>Reads the elements of one tensor, nested to any depth or flat, into memory of its datatype. Values that do not fit are refused.</summary>
internal static class TensorReader
{
    private const int LongestQuote = 40;

    /// <param name="reader">On the array's opening bracket; left on its closing one.</param>
    /// <param name="expected">Room to make at first; it grows as needed.</param>
    /// <param name="input">Place of the input, for messages.</param>
    public static TensorData Read(ref Utf8JsonReader reader, OnnxType type, int expected, int input) => type switch
    {
        OnnxType.FP32 => Numbers<float, Fp32>(ref reader, type, expected, input),
        OnnxType.FP64 => Numbers<double, Fp64>(ref reader, type, expected, input),
        OnnxType.INT64 => Numbers<long, Int64>(ref reader, type, expected, input),
        OnnxType.INT32 => Numbers<int, Int32>(ref reader, type, expected, input),
        OnnxType.INT16 => Numbers<short, Int16>(ref reader, type, expected, input),
        OnnxType.INT8 => Numbers<sbyte, Int8>(ref reader, type, expected, input),
        OnnxType.UINT64 => Numbers<ulong, UInt64>(ref reader, type, expected, input),
        OnnxType.UINT32 => Numbers<uint, UInt32>(ref reader, type, expected, input),
        OnnxType.UINT16 => Numbers<ushort, UInt16>(ref reader, type, expected, input),
        OnnxType.UINT8 => Numbers<byte, UInt8>(ref reader, type, expected, input),
        OnnxType.FP16 => Numbers<Half, Fp16>(ref reader, type, expected, input),
        OnnxType.BF16 => Numbers<ushort, Bf16>(ref reader, type, expected, input),
        OnnxType.BOOL => Numbers<byte, Bool>(ref reader, type, expected, input),
        _ => Texts(ref reader, expected, input),
    };

    private static TensorData Numbers<T, TForm>(ref Utf8JsonReader reader, OnnxType type, int expected, int input)
        where T : unmanaged
        where TForm : IElementForm<T>
    {
        var buffer = OnnxBuffer.Rent(Math.Max(expected, 1) * Unsafe.SizeOf<T>());
        var values = buffer.As<T>();
        var (count, depth) = (0, reader.CurrentDepth);
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartArray:
                        continue;
                    case JsonTokenType.EndArray when reader.CurrentDepth == depth:
                        return new TensorData(buffer, null, count);
                    case JsonTokenType.EndArray:
                        continue;
                }

                if (count == values.Length)
                {
                    buffer = Grow<T>(buffer, count);
                    values = buffer.As<T>();
                }

                if (!TForm.TryRead(ref reader, out values[count]))
                {
                    throw Refuse(reader, type, input, count);
                }

                count++;
            }
        }
        catch
        {
            buffer.Dispose();
            throw;
        }

        throw new JsonException("The data ends early");
    }

    private static OnnxBuffer Grow<T>(OnnxBuffer full, int count)
        where T : unmanaged
    {
        var larger = OnnxBuffer.Rent(checked(Math.Max(count * 2, 64) * Unsafe.SizeOf<T>()));
        full.As<T>().CopyTo(larger.As<T>());
        full.Dispose();
        return larger;
    }

    private static TensorData Texts(ref Utf8JsonReader reader, int expected, int input)
    {
        using var texts = new TextGatherer(expected);
        var depth = reader.CurrentDepth;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray:
                    continue;
                case JsonTokenType.EndArray when reader.CurrentDepth == depth:
                    return new TensorData(null, texts.Take(), texts.Count);
                case JsonTokenType.EndArray:
                    continue;
                case JsonTokenType.String:
                    texts.AddString(ref reader);
                    break;
                case JsonTokenType.Null:
                    // A missing text is the empty one: that is how the models trained here take it.
                    texts.Add([]);
                    break;
                default:
                    throw Refuse(reader, OnnxType.BYTES, input, texts.Count);
            }
        }

        throw new JsonException("The data ends early");
    }

    private static ProblemException Refuse(in Utf8JsonReader reader, OnnxType type, int input, int element)
    {
        var what = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.PropertyName
            ? "an object"
            : Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, LongestQuote)]);
        return new ProblemException(Problem.Invalid($"inputs[{input}].data[{element}]: {what} is not {ElementForms.Describe(type)}"));
    }
}
