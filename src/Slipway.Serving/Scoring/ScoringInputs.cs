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
            if (input.Dims.Count is 0 or > 2)
            {
                faults.Add(new Fault(input.Name, $"has shape [{string.Join(", ", input.Dims)}]; batch scoring takes rows of values: [-1, 1], [-1] or [-1, columns]"));
                continue;
            }

            if (input.Type is not (OnnxType.FP32 or OnnxType.FP64 or OnnxType.INT64 or OnnxType.INT32 or OnnxType.BOOL or OnnxType.BYTES))
            {
                faults.Add(new Fault(input.Name, $"is {input.Datatype}; batch scoring fills FP32, FP64, INT64, INT32, BOOL and BYTES"));
                continue;
            }

            foreach (var column in ColumnsOf(input, features))
            {
                if (!features.Has(column))
                {
                    faults.Add(new Fault(column, $"is an input of the model but no column; there are: {string.Join(", ", features.Columns.Select(c => c.Name))}"));
                }
                else if (features[column] is not NumericColumn numbers)
                {
                    if (input.Type != OnnxType.BYTES)
                    {
                        faults.Add(new Fault(column, $"is {input.Datatype} in the model, but the column holds no numbers"));
                    }
                }
                else if (input.Type is OnnxType.INT64 or OnnxType.INT32 or OnnxType.BOOL && Array.FindIndex(numbers.Values, double.IsNaN) is >= 0 and var row)
                {
                    faults.Add(new Fault(column, $"row {row} is missing, and {input.Datatype} has no way to say so; fill it in before scoring"));
                }
            }
        }

        return faults.Count == 0 ? null : Problem.Invalid(faults);
    }

    /// <summary>One value per row is the column of the input's name; several are <c>name[0]</c>, <c>name[1]</c>, ..., as many as the model says or the frame has.</summary>
    private static IEnumerable<string> ColumnsOf(OnnxTensorSpec input, Frame features)
    {
        var width = input.Dims.Count == 1 ? 1 : input.Dims[1];
        if (width == 1 || (width < 0 && features.Has(input.Name)))
        {
            return [input.Name];
        }

        if (width < 0)
        {
            for (width = 1; features.Has(Nth(input.Name, (int)width)); width++)
            {
            }
        }

        return Enumerable.Range(0, (int)Math.Min(width, 100_000)).Select(i => Nth(input.Name, i));
    }

    private static string Nth(string input, int place) => string.Create(CultureInfo.InvariantCulture, $"{input}[{place}]");

    /// <summary>Rows of the frame as a request; dispose it when the run over it has ended.</summary>
    public static InferenceRequest Take(IReadOnlyList<OnnxTensorSpec> specs, Frame features, int from, int until)
    {
        var request = new InferenceRequest();
        foreach (var spec in specs)
        {
            string[] columns = [.. ColumnsOf(spec, features)];
            request.Inputs.Add(columns.Length == 1 ? Take(spec, features[columns[0]], from, until) : TakeWide(spec, [.. columns.Select(c => features[c])], from, until));
        }

        return request;
    }

    /// <summary>Several columns as the rows of one input.</summary>
    private static InputTensor TakeWide(OnnxTensorSpec spec, Column[] columns, int from, int until)
    {
        var (rows, width) = (until - from, columns.Length);
        var narrow = columns.Select(c => Take(spec, c, from, until)).ToArray();
        long[] shape = [rows, width];
        if (spec.Type == OnnxType.BYTES)
        {
            var texts = new ReadOnlyMemory<byte>[rows * width];
            for (var i = 0; i < texts.Length; i++)
            {
                texts[i] = narrow[i % width].Texts![i / width];
            }

            return new InputTensor(spec.Name, spec.Type, shape, null, texts, texts.Length);
        }

        var size = spec.Type.Size();
        var buffer = OnnxBuffer.Rent(rows * width * size);
        var bytes = buffer.As<byte>();
        for (var column = 0; column < width; column++)
        {
            var values = narrow[column].Numbers!;
            for (var row = 0; row < rows; row++)
            {
                values.As<byte>().Slice(row * size, size).CopyTo(bytes[(((row * width) + column) * size)..]);
            }

            values.Dispose();
        }

        return new InputTensor(spec.Name, spec.Type, shape, buffer, null, rows * width);
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
