using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Models;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Explanations.Methods;

/// <summary>A model's answers row by row: what it predicts and, where it does, how probable each class is.</summary>
/// <param name="Predictions">A number or a label per row.</param>
/// <param name="Numbers">rows x values of the prediction, when it is of numbers; null for labels.</param>
/// <param name="Probabilities">rows x classes; null when the model gives none.</param>
/// <param name="Classes">In the order of the probabilities.</param>
internal sealed record ModelAnswers(object?[] Predictions, double[][]? Numbers, double[][]? Probabilities, IReadOnlyList<string> Classes)
{
    public string Label(int row) => Convert.ToString(Predictions[row], CultureInfo.InvariantCulture) ?? "";

    public static Result<ModelAnswers> Read(TensorSet outputs, OutputRoles roles, int rows)
    {
        if (outputs.Elements(roles.Prediction) < rows || outputs.Elements(roles.Prediction) % rows != 0)
        {
            return Problem.Invalid($"The model does not answer row by row: output '{outputs.Spec(roles.Prediction).Name}' has {outputs.Elements(roles.Prediction)} values for {rows} rows");
        }

        var width = outputs.Elements(roles.Prediction) / rows;
        var predictions = new object?[rows];
        for (var row = 0; row < rows; row++)
        {
            predictions[row] = (roles.TakesBest ? roles.BestOf(outputs, roles.Prediction, row, width) : null) ?? OutputElement.Read(outputs, roles.Prediction, row * width);
        }

        var numbers = roles.Classifies || outputs.Spec(roles.Prediction).Type == OnnxType.BYTES ? null : Table(outputs, roles.Prediction, rows, width);
        if (roles.Probabilities < 0 || outputs.Elements(roles.Probabilities) is var elements && (elements == 0 || elements % rows != 0))
        {
            return new ModelAnswers(predictions, numbers, null, roles.Classes);
        }

        var classes = roles.Classes;
        if (classes.Count != elements / rows)
        {
            var named = outputs.Classes(roles.Probabilities);
            classes = named.Count == elements / rows ? named : [.. Enumerable.Range(0, elements / rows).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        }

        return new ModelAnswers(predictions, roles.Classifies ? null : numbers, Table(outputs, roles.Probabilities, rows, elements / rows), classes);
    }

    private static double[][] Table(TensorSet outputs, int output, int rows, int width)
    {
        var table = new double[rows][];
        for (var row = 0; row < rows; row++)
        {
            table[row] = new double[width];
            for (var i = 0; i < width; i++)
            {
                table[row][i] = Convert.ToDouble(OutputElement.Read(outputs, output, (row * width) + i), CultureInfo.InvariantCulture);
            }
        }

        return table;
    }
}
