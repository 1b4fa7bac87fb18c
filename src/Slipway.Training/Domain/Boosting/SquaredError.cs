namespace Slipway.Training.Domain.Boosting;

/// <summary>Half the squared error; its hessian is the row's weight.</summary>
internal sealed class SquaredError(double[] target, double[]? weights) : Loss
{
    public override int Outputs => 1;

    public override bool ConstantHessian => weights is null;

    public override double[] Baseline(int[] rows)
    {
        var (sum, weight) = (0.0, 0.0);
        foreach (var row in rows)
        {
            var w = weights?[row] ?? 1;
            sum += w * target[row];
            weight += w;
        }

        return [weight > 0 ? sum / weight : 0];
    }

    public override void Fill(Gradients gradients, double[][] raw, int output, Workers workers)
    {
        var (values, predicted) = (gradients.Values, raw[0]);
        workers.ForRows(predicted.Length, 1, (from, until) =>
        {
            for (var i = from; i < until; i++)
            {
                if (weights is null)
                {
                    values[i] = (float)(predicted[i] - target[i]);
                }
                else
                {
                    values[2 * i] = (float)(weights[i] * (predicted[i] - target[i]));
                    values[(2 * i) + 1] = (float)weights[i];
                }
            }
        });
    }

    public override double Mean(double[][] raw, int[] rows)
    {
        var (sum, weight) = (0.0, 0.0);
        foreach (var row in rows)
        {
            var w = weights?[row] ?? 1;
            var error = raw[0][row] - target[row];
            sum += w * 0.5 * error * error;
            weight += w;
        }

        return weight > 0 ? sum / weight : 0;
    }
}
