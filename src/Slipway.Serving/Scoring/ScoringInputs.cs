using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

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

    public static OnnxInput[] Take(IReadOnlyList<OnnxTensorSpec> specs, Frame features, int from, int until)
    {
        var inputs = new OnnxInput[specs.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i] = Take(specs[i], features[specs[i].Name], from, until);
        }

        return inputs;
    }

    private static OnnxInput Take(OnnxTensorSpec spec, Column column, int from, int until)
    {
        long[] shape = spec.Dims.Count == 1 ? [until - from] : [until - from, 1];
        ReadOnlySpan<double> numbers = column is NumericColumn numeric ? numeric.Values.AsSpan(from, until - from) : [];
        return spec.Type switch
        {
            OnnxType.FP32 => OnnxInput.From(spec.Name, Convert(numbers, v => (float)v), shape),
            OnnxType.FP64 => OnnxInput.From(spec.Name, numbers.ToArray(), shape),
            OnnxType.INT64 => OnnxInput.From(spec.Name, Convert(numbers, v => (long)v), shape),
            OnnxType.INT32 => OnnxInput.From(spec.Name, Convert(numbers, v => (int)v), shape),
            OnnxType.BOOL => OnnxInput.From(spec.Name, Convert(numbers, v => v != 0), shape),
            _ => OnnxInput.Strings(spec.Name, Texts(column, from, until), shape),
        };
    }

    private static T[] Convert<T>(ReadOnlySpan<double> values, Func<double, T> convert)
    {
        var converted = new T[values.Length];
        for (var i = 0; i < converted.Length; i++)
        {
            converted[i] = convert(values[i]);
        }

        return converted;
    }

    /// <summary>A missing text is the empty one, as it is on the serving path.</summary>
    private static string[] Texts(Column column, int from, int until)
    {
        var texts = new string[until - from];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = column switch
            {
                _ when column.IsMissing(from + i) => "",
                TextColumn text => text.Values[from + i]!,
                NumericColumn number => number.Values[from + i].ToString("R", CultureInfo.InvariantCulture),
                TimeColumn time => time.At(from + i).UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                _ => "",
            };
        }

        return texts;
    }
}
