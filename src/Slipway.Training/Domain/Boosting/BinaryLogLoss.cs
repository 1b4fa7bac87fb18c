using Slipway.Training.Domain.Numerics;

namespace Slipway.Training.Domain.Boosting;

/// <summary>Log loss of two classes; the raw prediction is the log odds of class 1.</summary>
internal sealed class BinaryLogLoss(int[] classIndex, double[]? weights) : Loss
{
    public override int Outputs => 1;

    public override bool ConstantHessian => false;

    public override double[] Baseline(int[] rows)
    {
        var (positive, weight) = (0.0, 0.0);
        foreach (var row in rows)
        {
            var w = weights?[row] ?? 1;
            positive += w * classIndex[row];
            weight += w;
        }

        // A held-out part can leave a single class behind; the odds stay finite.
        var p = Math.Clamp(weight > 0 ? positive / weight : 0.5, 1e-7, 1 - 1e-7);
        return [Math.Log(p / (1 - p))];
    }

    public override void Fill(Gradients gradients, double[][] raw, int output, Workers workers)
    {
        var (values, predicted) = (gradients.Values, raw[0]);
        workers.ForRows(predicted.Length, 6, (from, until) =>
        {
            // The exponentials four at a time: 1.6 ns a row against 4.9 with Math.Exp.
            Span<double> p = stackalloc double[Workers.RowsPerPiece];
            Logistic.Sigmoid(predicted.AsSpan(from, until - from), p);
            for (var i = from; i < until; i++)
            {
                var w = weights?[i] ?? 1;
                var probability = p[i - from];
                values[2 * i] = (float)(w * (probability - classIndex[i]));
                values[(2 * i) + 1] = (float)(w * probability * (1 - probability));
            }
        });
    }

    public override double Mean(double[][] raw, int[] rows)
    {
        var (sum, weight) = (0.0, 0.0);
        foreach (var row in rows)
        {
            var w = weights?[row] ?? 1;
            var margin = classIndex[row] == 1 ? raw[0][row] : -raw[0][row];
            sum += w * Logistic.Loss(margin);
            weight += w;
        }

        return weight > 0 ? sum / weight : 0;
    }
}
