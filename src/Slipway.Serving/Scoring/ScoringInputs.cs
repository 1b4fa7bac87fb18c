using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Scoring;

/// <summary>Rows of a frame as a model's inputs: one column per input, matched by name.</summary>
internal static class ScoringInputs
{
    /// <summary>Null when the frame has what the model needs; otherwise every fault.</summary>
    public static Problem? Check(IReadOnlyList<OnnxTensorSpec> inputs, Frame features)
    {
        var faults = new List<Fault>();
        foreach (var input in inputs)
        {
            if (input.Dims.Count is 0 or > 2 || (input.Dims.Count == 2 && input.Dims[1] is not (1 or -1)))
            {
                faults.Add(new Fault(input.Name, $"has shape [{string.Join(", ", input.Dims)}]; batch scoring takes one value per row: [-1, 1] or [-1]"));
            }
            else if (!features.Has(input.Name))
            {
                faults.Add(new Fault(input.Name, $"is an input of the model but no column; there are: {string.Join(", ", features.Columns.Select(c => c.Name))}"));
            }
            else if (features[input.Name] is not NumericColumn && input.Type != OnnxType.BYTES)
            {
                faults.Add(new Fault(input.Name, $"is {input.Datatype} in the model, but the column holds no numbers"));
            }
            else if (input.Type is not (OnnxType.FP32 or OnnxType.FP64 or OnnxType.INT64 or OnnxType.INT32 or OnnxType.BOOL or OnnxType.BYTES))
            {
                faults.Add(new Fault(input.Name, $"is {input.Datatype}; batch scoring fills FP32, FP64, INT64, INT32, BOOL and BYTES"));
            }
        }

        return faults.Count == 0 ? null : Problem.Invalid(faults);
    }

    /// <summary>Rows of the frame as a request; dispose it when the run over it has ended.</summary>
    public static InferenceRequest Take(IReadOnlyList<OnnxTensorSpec> specs, Frame features, int from, int until)
    {
        var request = new InferenceRequest();
        foreach (var spec in specs)
        {
            request.Inputs.Add(Take(spec, features[spec.Name], from, until));
        }

        return request;
    }

    private static InputTensor Take(OnnxTensorSpec spec, Column column, int from, int until)
    {
        var rows = until - from;
        long[] shape = spec.Dims.Count == 1 ? [rows] : [rows, 1];
        ReadOnlySpan<double> numbers = column is NumericColumn numeric ? numeric.Values.AsSpan(from, rows) : [];
        return spec.Type switch
        {
            OnnxType.FP32 => Of(Convert(numbers, v => (float)v)),
            OnnxType.FP64 => Of(Convert(numbers, v => v)),
            OnnxType.INT64 => Of(Convert(numbers, v => (long)v)),
            OnnxType.INT32 => Of(Convert(numbers, v => (int)v)),
            OnnxType.BOOL => Of(Convert(numbers, v => v != 0)),
            _ => new InputTensor(spec.Name, spec.Type, shape, null, Texts(column, from, until), rows),
        };

        InputTensor Of(OnnxBuffer values) => new(spec.Name, spec.Type, shape, values, null, rows);
    }

    private static OnnxBuffer Convert<T>(ReadOnlySpan<double> values, Func<double, T> convert)
        where T : unmanaged
    {
        var buffer = OnnxBuffer.Rent(values.Length * Unsafe.SizeOf<T>());
        var converted = buffer.As<T>();
        for (var i = 0; i < values.Length; i++)
        {
            converted[i] = convert(values[i]);
        }

        return buffer;
    }

    /// <summary>A missing text is the empty one, as it is on the serving path.</summary>
    private static ReadOnlyMemory<byte>[] Texts(Column column, int from, int until)
    {
        var texts = new ReadOnlyMemory<byte>[until - from];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = Encoding.UTF8.GetBytes(column switch
            {
                _ when column.IsMissing(from + i) => "",
                TextColumn text => text.Values[from + i]!,
                NumericColumn number => number.Values[from + i].ToString("R", CultureInfo.InvariantCulture),
                TimeColumn time => time.At(from + i).UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                _ => "",
            });
        }

        return texts;
    }
}
