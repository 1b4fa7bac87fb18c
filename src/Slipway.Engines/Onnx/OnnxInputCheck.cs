using System.Globalization;
using Slipway.Kernel.Problems;

namespace Slipway.Engines.Onnx;

/// <summary>Compares the inputs of a run with what the model declares, and reports every fault at once.</summary>
internal static class OnnxInputCheck
{
    /// <summary>
    /// Null when all is well, having written the place of each input among the model's inputs, and those with a default behind them, into <paramref name="places"/>.
    /// </summary>
    public static Problem? Match(IReadOnlyList<OnnxTensorSpec> declared, IReadOnlyList<OnnxTensorSpec> defaults, ReadOnlySpan<OnnxInput> inputs, Span<int> places)
    {
        List<Fault>? faults = null;
        var own = inputs.Length;
        for (var i = 0; i < inputs.Length; i++)
        {
            ref readonly var input = ref inputs[i];
            places[i] = PlaceOf(declared, defaults, input.Name, i);
            if (places[i] < 0)
            {
                (faults ??= []).Add(new Fault(input.Name, $"no such input; the model has {Names(declared, defaults)}"));
            }
            else if (places[..i].Contains(places[i]))
            {
                (faults ??= []).Add(new Fault(input.Name, "given twice"));
            }
            else if (FaultOf(places[i] < declared.Count ? declared[places[i]] : defaults[places[i] - declared.Count], input) is { } message)
            {
                (faults ??= []).Add(new Fault(input.Name, message));
            }
            else if (places[i] >= declared.Count)
            {
                own--;
            }
        }

        for (var k = 0; k < declared.Count && (faults is not null || own != declared.Count); k++)
        {
            if (!declared[k].Optional && !places[..inputs.Length].Contains(k))
            {
                (faults ??= []).Add(new Fault(declared[k].Name, $"missing; the model needs {Describe(declared[k])}"));
            }
        }

        return faults is null ? null : Problem.Invalid(faults);
    }

    private static int PlaceOf(IReadOnlyList<OnnxTensorSpec> declared, IReadOnlyList<OnnxTensorSpec> defaults, string name, int likely)
    {
        if (likely < declared.Count && declared[likely].Name == name)
        {
            return likely;
        }

        for (var k = 0; k < declared.Count; k++)
        {
            if (declared[k].Name == name)
            {
                return k;
            }
        }

        for (var k = 0; k < defaults.Count; k++)
        {
            if (defaults[k].Name == name)
            {
                return declared.Count + k;
            }
        }

        return -1;
    }

    private static string? FaultOf(OnnxTensorSpec spec, in OnnxInput input)
    {
        if (input.Type != spec.Type)
        {
            return $"datatype {input.Type.WireName()} given, the model needs {spec.Datatype}";
        }

        var shape = input.Shape.Span;
        var fits = spec.AnyRank || shape.Length == spec.Dims.Count;
        long elements = 1;
        for (var d = 0; d < shape.Length; d++)
        {
            if (shape[d] < 0 || (elements = TimesOrNegative(elements, shape[d])) < 0)
            {
                return $"shape {Text(shape)} is not a shape: sizes are 0 or more, and the elements must fit in memory";
            }

            fits = fits && (spec.AnyRank || spec.Dims[d] < 0 || spec.Dims[d] == shape[d]);
        }

        if (!fits)
        {
            return $"shape {Text(shape)} given, the model needs {Text([.. spec.Dims])} (-1 is any size)";
        }

        var given = spec.Type == OnnxType.BYTES ? input.Length : input.Length / spec.Type.Size();
        var whole = spec.Type == OnnxType.BYTES || input.Length % spec.Type.Size() == 0;
        return given == elements && whole ? null : $"shape {Text(shape)} means {elements} elements, but {given} were given";
    }

    /// <summary>The product, or -1 past what one array can hold.</summary>
    private static long TimesOrNegative(long elements, long size) =>
        size != 0 && elements > int.MaxValue / size ? -1 : elements * size;

    private static string Describe(OnnxTensorSpec spec) => $"{spec.Datatype} {Text([.. spec.Dims])}";

    private static string Names(IReadOnlyList<OnnxTensorSpec> declared, IReadOnlyList<OnnxTensorSpec> defaults) =>
        string.Join(", ", declared.Concat(defaults).Select(d => d.Name));

    private static string Text(ReadOnlySpan<long> shape)
    {
        var parts = new string[shape.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = shape[i].ToString(CultureInfo.InvariantCulture);
        }

        return $"[{string.Join(", ", parts)}]";
    }
}
