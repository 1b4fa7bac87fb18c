using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Explanations.Rows;

/// <summary>One input of the model as columns.</summary>
/// <param name="RowShape">The sizes after the first.</param>
/// <param name="FirstColumn">Number of its first column among all columns.</param>
internal sealed record InputColumns(string Name, OnnxType Type, long[] RowShape, int Width, int FirstColumn);

/// <summary>
/// The columns of a model's inputs: an input of one value per row is a column of its name, one of several is <c>name[0]</c>, <c>name[1]</c>, ....
/// </summary>
internal sealed class FeatureSpace
{
    private readonly int[] _inputOf;

    private FeatureSpace(IReadOnlyList<InputColumns> inputs)
    {
        Inputs = inputs;
        Names = [.. inputs.SelectMany(i => i.Width == 1
            ? [i.Name]
            : Enumerable.Range(0, i.Width).Select(c => string.Create(CultureInfo.InvariantCulture, $"{i.Name}[{c}]")))];
        _inputOf = [.. inputs.SelectMany((input, place) => Enumerable.Repeat(place, input.Width))];
    }

    public IReadOnlyList<InputColumns> Inputs { get; }

    public IReadOnlyList<string> Names { get; }

    public int Columns => _inputOf.Length;

    public OnnxType TypeOf(int column) => Inputs[_inputOf[column]].Type;

    public bool IsText(int column) => TypeOf(column) == OnnxType.BYTES;

    /// <summary>The input of a column, and the column's place in it.</summary>
    public (int Input, int Offset) Find(int column) => (_inputOf[column], column - Inputs[_inputOf[column]].FirstColumn);

    /// <param name="most">Columns that may be explained.</param>
    public static Result<FeatureSpace> Of(InferenceRequest request, int most)
    {
        var inputs = new List<InputColumns>();
        var next = 0;
        foreach (var input in request.Inputs)
        {
            if (input.Shape.Length == 0 || input.Shape[0] != request.Inputs[0].Shape[0])
            {
                return Problem.Invalid($"{input.Name}: an explanation is made row by row, so the first size of every input must be the number of rows");
            }

            var width = 1L;
            foreach (var size in input.Shape.AsSpan(1))
            {
                width *= size;
            }

            if (next + width > most)
            {
                return Problem.Invalid($"{input.Name}: {next + width} values per row are more than the {most} features that can be explained (Serving:Explanations:MaxFeatures)");
            }

            inputs.Add(new InputColumns(input.Name, input.Type, input.Shape[1..], (int)width, next));
            next += (int)width;
        }

        return next == 0 ? Problem.Invalid("The inputs have no values to explain") : new FeatureSpace(inputs);
    }
}
