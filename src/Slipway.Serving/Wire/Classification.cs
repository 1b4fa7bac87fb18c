using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Wire;

/// <summary>
/// The extension classification: instead of a tensor its greatest elements, greatest first, each as <c>value:index[:label]</c>. Per row where the
/// model takes rows (its first size is free), else over all elements.
/// </summary>
internal static class Classification
{
    /// <summary>Null when an output of that type can be asked for so.</summary>
    public static Problem? Refuse(OnnxTensorSpec output) => output.Type is OnnxType.BYTES or OnnxType.BOOL or OnnxType.FP16
        ? Problem.Invalid($"outputs: '{output.Name}' is {output.Datatype}; classification takes numbers other than FP16")
        : null;

    /// <param name="classes">How many of each row, at most as many as it has.</param>
    /// <param name="labels">Names of the places; empty when the model has none.</param>
    public static (long[] Shape, string[] Elements) Of(TensorSet outputs, int output, int classes, IReadOnlyList<string> labels)
    {
        var shape = outputs.Shape(output);
        var byRow = shape.Length > 1 && outputs.Spec(output).Dims[0] < 0;
        var rows = byRow ? (int)shape[0] : 1;
        var perRow = 1;
        for (var d = byRow ? 1 : 0; d < shape.Length; d++)
        {
            perRow *= (int)shape[d];
        }

        var taken = Math.Min(classes, perRow);
        var named = labels.Count == perRow ? labels : [];
        var texts = new string[rows * taken];
        var places = new int[perRow];
        for (var row = 0; row < rows; row++)
        {
            var start = row * perRow;
            for (var i = 0; i < perRow; i++)
            {
                places[i] = i;
            }

            // Of equal values the one that comes first is first.
            Array.Sort(places, (a, b) => Compare(outputs, output, start + b, start + a) is not 0 and var order ? order : a.CompareTo(b));
            for (var k = 0; k < taken; k++)
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"{Value(outputs, output, start + places[k])}:{places[k]}");
                texts[(row * taken) + k] = named.Count > 0 ? $"{text}:{named[places[k]]}" : text;
            }
        }

        return (byRow ? [rows, taken] : [taken], texts);
    }

    /// <summary>A number that is none comes after all others.</summary>
    private static int Compare(TensorSet outputs, int output, int left, int right) => (OutputElement.Read(outputs, output, left), OutputElement.Read(outputs, output, right)) switch
    {
        (double a, double b) => double.IsNaN(a) || double.IsNaN(b) ? double.IsNaN(b).CompareTo(double.IsNaN(a)) : a.CompareTo(b),
        (ulong a, ulong b) => a.CompareTo(b),
        (long a, long b) => a.CompareTo(b),
        _ => 0,
    };

    /// <summary>Numbers as C's <c>%f</c> writes them, which is what clients of the extension know.</summary>
    private static string Value(TensorSet outputs, int output, int element) => OutputElement.Read(outputs, output, element) switch
    {
        double.NaN => "nan",
        double.PositiveInfinity => "inf",
        double.NegativeInfinity => "-inf",
        double number => number.ToString("F6", CultureInfo.InvariantCulture),
        var whole => Convert.ToString(whole, CultureInfo.InvariantCulture)!,
    };
}
