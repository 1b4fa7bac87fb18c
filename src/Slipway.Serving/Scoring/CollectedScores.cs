using System.Globalization;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Serving.Models;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Scoring;

/// <summary>Predictions and probabilities of rows, gathered batch by batch.</summary>
internal sealed class CollectedScores(OutputRoles roles, int rows)
{
    private readonly double[] _numbers = new double[roles.Classifies ? 0 : rows];
    private readonly string?[] _labels = new string?[roles.Classifies ? rows : 0];
    private readonly double[][]? _probabilities = roles.Probabilities < 0 ? null : new double[rows][];
    private IReadOnlyList<string> _classes = roles.Classes;

    public Problem? Add(TensorSet outputs, int from, int count)
    {
        if (outputs.Elements(roles.Prediction) < count)
        {
            return Problem.Invalid($"The model gave fewer predictions than rows in output '{outputs.Spec(roles.Prediction).Name}'");
        }

        var step = outputs.Elements(roles.Prediction) / count;
        for (var row = 0; row < count; row++)
        {
            if (roles.TakesBest)
            {
                _labels[from + row] = roles.BestOf(outputs, roles.Prediction, row, step);
                continue;
            }

            var value = OutputElement.Read(outputs, roles.Prediction, row * step);
            if (roles.Classifies)
            {
                _labels[from + row] = Convert.ToString(value, CultureInfo.InvariantCulture);
            }
            else
            {
                _numbers[from + row] = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            }
        }

        return AddProbabilities(outputs, from, count);
    }

    public Scores ToScores() => new(
        roles.Classifies ? new TextColumn("prediction", _labels) : new NumericColumn("prediction", _numbers), _probabilities, _classes);

    private Problem? AddProbabilities(TensorSet outputs, int from, int count)
    {
        if (_probabilities is null)
        {
            return null;
        }

        var width = outputs.Elements(roles.Probabilities) / count;
        for (var row = 0; row < count; row++)
        {
            _probabilities[from + row] = new double[width];
            for (var c = 0; c < width; c++)
            {
                _probabilities[from + row][c] = Convert.ToDouble(
                    OutputElement.Read(outputs, roles.Probabilities, (row * width) + c), CultureInfo.InvariantCulture);
            }
        }

        if (_classes.Count != width)
        {
            _classes = outputs.Classes(roles.Probabilities) is { Count: > 0 } named && named.Count == width
                ? named
                : [.. Enumerable.Range(0, width).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        }

        return null;
    }
}
