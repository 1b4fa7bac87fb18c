using Slipway.Training.Domain.Numerics;

namespace Slipway.Training.Domain.Boosting;

/// <summary>Log loss of several classes over the softmax of one raw prediction per class.</summary>
internal sealed class MultinomialLogLoss(int[] classIndex, int classes, double[]? weights) : Loss
{
    private double[][] _probabilities = [];

    public override int Outputs => classes;

    public override bool ConstantHessian => false;

    public override double[] Baseline(int[] rows)
    {
        var share = new double[classes];
        var weight = 0.0;
        foreach (var row in rows)
        {
            var w = weights?[row] ?? 1;
            share[classIndex[row]] += w;
            weight += w;
        }

        return Array.ConvertAll(share, s => Math.Log(Math.Max(weight > 0 ? s / weight : 0, 1e-7)));
    }

    public override void StartRound(double[][] raw, Workers workers)
    {
        var rows = raw[0].Length;
        if (_probabilities.Length == 0)
        {
            _probabilities = Array.ConvertAll(raw, r => new double[r.Length]);
        }

        workers.ForRows(rows, 10 * classes, (from, until) =>
        {
            for (var i = from; i < until; i++)
            {
                var max = double.NegativeInfinity;
                for (var k = 0; k < classes; k++)
                {
                    max = Math.Max(max, raw[k][i]);
                }

                var sum = 0.0;
                for (var k = 0; k < classes; k++)
                {
                    sum += _probabilities[k][i] = Math.Exp(raw[k][i] - max);
                }

                for (var k = 0; k < classes; k++)
                {
                    _probabilities[k][i] /= sum;
                }
            }
        });
    }

    public override void Fill(Gradients gradients, double[][] raw, int output, Workers workers)
    {
        var (values, p) = (gradients.Values, _probabilities[output]);
        workers.ForRows(p.Length, 2, (from, until) =>
        {
            for (var i = from; i < until; i++)
            {
                var w = weights?[i] ?? 1;
                values[2 * i] = (float)(w * (p[i] - (classIndex[i] == output ? 1 : 0)));
                values[(2 * i) + 1] = (float)(w * p[i] * (1 - p[i]));
            }
        });
    }

    public override double Mean(double[][] raw, int[] rows)
    {
        var (sum, weight) = (0.0, 0.0);
        var scores = new double[classes];
        foreach (var row in rows)
        {
            for (var k = 0; k < classes; k++)
            {
                scores[k] = raw[k][row];
            }

            var w = weights?[row] ?? 1;
            var own = scores[classIndex[row]];
            Logistic.Softmax(scores, out var logSum);
            sum += w * (logSum - own);
            weight += w;
        }

        return weight > 0 ? sum / weight : 0;
    }
}
