using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Natural;

/// <summary>
/// A tensor from nested JSON that says neither type nor shape (TensorFlow Serving's and KServe's V1, MLflow's scoring server): the type is the
/// model's, the shape that of the nesting. Lists of unequal length are refused, and so is a value that does not fit.
/// </summary>
internal static class NaturalTensor
{
    private const int MostDimensions = 32;

    /// <param name="value">The whole tensor, or one row of it.</param>
    /// <param name="place">Where it stands, for messages.</param>
    /// <exception cref="ProblemException">Invalid.</exception>
    public static InputTensor Read(JsonElement value, OnnxTensorSpec spec, string place)
    {
        var shape = ShapeOf(value, place);
        var elements = TensorElements.For(spec.Type, shape.Aggregate(1L, (product, size) => product * size));
        try
        {
            Fill(value, shape, 0, elements, place);
            return elements.ToTensor(spec.Name, [.. Fit(shape, spec)]);
        }
        catch
        {
            elements.Dispose();
            throw;
        }
    }

    /// <summary>Rows one after another: <paramref name="rows"/> values of one input.</summary>
    /// <exception cref="ProblemException">Invalid.</exception>
    public static InputTensor ReadRows(IReadOnlyList<JsonElement> rows, OnnxTensorSpec spec, Func<int, string> place)
    {
        var inner = rows.Count == 0 ? [] : ShapeOf(rows[0], place(0));
        var elements = TensorElements.For(spec.Type, rows.Count * inner.Aggregate(1L, (product, size) => product * size));
        try
        {
            for (var row = 0; row < rows.Count; row++)
            {
                Fill(rows[row], inner, 0, elements, place(row));
            }

            return elements.ToTensor(spec.Name, [.. Fit([rows.Count, .. inner], spec)]);
        }
        catch
        {
            elements.Dispose();
            throw;
        }
    }

    /// <summary>One value a row where the model has it as a row of one: [n] as [n, 1]; and a row of one where the model has none.</summary>
    private static IEnumerable<long> Fit(List<long> shape, OnnxTensorSpec spec)
    {
        if (spec.AnyRank)
        {
            return shape;
        }

        if (shape.Count + 1 == spec.Dims.Count && spec.Dims[^1] is 1 or -1)
        {
            return shape.Append(1);
        }

        return shape.Count == spec.Dims.Count + 1 && shape[^1] == 1 ? shape.Take(shape.Count - 1) : shape;
    }

    private static List<long> ShapeOf(JsonElement value, string place)
    {
        var shape = new List<long>();
        while (value.ValueKind == JsonValueKind.Array)
        {
            if (shape.Count == MostDimensions)
            {
                throw Bad($"{place}: is nested more than {MostDimensions} deep");
            }

            var length = value.GetArrayLength();
            shape.Add(length);
            if (length == 0)
            {
                break;
            }

            value = value[0];
        }

        return shape;
    }

    private static void Fill(JsonElement value, List<long> shape, int depth, TensorElements to, string place)
    {
        if (depth == shape.Count)
        {
            if (value.ValueKind == JsonValueKind.Array || !to.TryAdd(value))
            {
                throw Bad($"{place}: {Short(value)} is not {ElementForms.Describe(to.Type)}");
            }

            return;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != shape[depth])
        {
            throw Bad($"{place}: its lists are of unequal length; a tensor has {string.Join(" x ", shape)} elements throughout");
        }

        foreach (var item in value.EnumerateArray())
        {
            Fill(item, shape, depth + 1, to, place);
        }
    }

    private static string Short(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length > 40 ? text[..40] + "..." : text;
    }

    private static ProblemException Bad(string message) => new(Problem.Invalid(message));
}
