using Slipway.Training.Domain.Numerics;

namespace Slipway.Training.Domain.Linear;

/// <summary>
/// The penalised mean log loss of a linear classifier and its derivative. With two classes there is one score per row (the log odds of
/// class 1), otherwise one per class under a softmax. Weights are [scores][columns].
/// </summary>
internal sealed class LogisticLoss(Design design, int[] classIndex, int classes, double[]? weights, double alpha)
{
    private readonly double _total = weights?.Sum() ?? design.Rows;
    private readonly int[] _at = new int[design.Entries];
    private readonly double[] _values = new double[design.Entries];

    public int Scores => classes == 2 ? 1 : classes;

    public int Size => Scores * design.Width;

    public double At(double[] parameters, double[] gradient)
    {
        Array.Clear(gradient);
        Span<double> scores = new double[Scores];
        var loss = 0.0;
        for (var row = 0; row < design.Rows; row++)
        {
            design.Row(row, _at, _values);
            for (var k = 0; k < scores.Length; k++)
            {
                var own = parameters.AsSpan(k * design.Width, design.Width);
                var score = 0.0;
                for (var i = 0; i < _at.Length; i++)
                {
                    score += own[_at[i]] * _values[i];
                }

                scores[k] = score;
            }

            var share = (weights?[row] ?? 1) / _total;
            loss += share * ToErrors(scores, classIndex[row]);
            for (var k = 0; k < scores.Length; k++)
            {
                var own = gradient.AsSpan(k * design.Width, design.Width);
                var error = share * scores[k];
                for (var i = 0; i < _at.Length; i++)
                {
                    own[_at[i]] += error * _values[i];
                }
            }
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            if (i % design.Width != design.Width - 1)
            {
                loss += 0.5 * alpha / _total * parameters[i] * parameters[i];
                gradient[i] += alpha / _total * parameters[i];
            }
        }

        return loss;
    }

    /// <summary>Turns a row's scores into the derivatives of its loss, and gives the loss.</summary>
    private static double ToErrors(Span<double> scores, int truth)
    {
        if (scores.Length == 1)
        {
            var margin = truth == 1 ? scores[0] : -scores[0];
            scores[0] = Logistic.Sigmoid(scores[0]) - truth;
            return Logistic.Loss(margin);
        }

        var own = scores[truth];
        Logistic.Softmax(scores, out var logSum);
        scores[truth] -= 1;
        return logSum - own;
    }
}
