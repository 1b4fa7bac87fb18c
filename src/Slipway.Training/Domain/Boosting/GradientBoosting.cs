using Slipway.Training.Domain.Features;

namespace Slipway.Training.Domain.Boosting;

/// <summary>Trains <see cref="BoostedTrees"/>: each round fits one tree per output to the gradients of the loss and adds it, shrunk.</summary>
internal static class GradientBoosting
{
    /// <param name="features">The features that <paramref name="columns"/> were encoded with.</param>
    /// <param name="columns">[features][rows], at least one row.</param>
    /// <param name="target">As many rows.</param>
    /// <param name="weights">One per row, or null.</param>
    /// <param name="parameters">Within their ranges.</param>
    /// <param name="seed">For the sample that bins are cut from (more than 200,000 rows) and for the held-out rows of early stopping.</param>
    /// <param name="threads">Does not change the result.</param>
    /// <param name="cancellation">Looked at before every tree.</param>
    public static BoostedTrees Train(
        FeatureSet features,
        float[][] columns,
        Target target,
        double[]? weights,
        BoostingParameters parameters,
        ulong seed,
        int threads,
        CancellationToken cancellation)
    {
        var workers = new Workers(threads);
        var loss = LossFor(target, weights);
        var rows = columns[0].Length;
        var (training, heldOut) = HoldOut(rows, parameters, seed);
        var baseline = loss.Baseline(training);
        var raw = Array.ConvertAll(baseline, value =>
        {
            var start = new double[rows];
            Array.Fill(start, value);
            return start;
        });
        // One class has nothing to learn, and its gradients are all zero.
        if (target.Classes is { Count: 1 })
        {
            return new BoostedTrees(features, target.Classes, baseline, []);
        }

        var binned = BinnedRows.From(features, columns, parameters.MaxBins, seed, workers);
        var grower = new TreeGrower(binned, training, parameters, loss.ConstantHessian, workers);
        var gradients = new Gradients(rows, loss.ConstantHessian);
        var trees = new List<Tree>(parameters.Iterations * loss.Outputs);
        var stopping = new EarlyStopping(parameters, heldOut.Length > 0 ? loss.Mean(raw, heldOut) : 0);
        for (var round = 0; round < parameters.Iterations; round++)
        {
            loss.StartRound(raw, workers);
            for (var k = 0; k < loss.Outputs; k++)
            {
                cancellation.ThrowIfCancellationRequested();
                loss.Fill(gradients, raw, k, workers);
                var tree = grower.Grow(gradients, raw[k]);
                trees.Add(tree);
                foreach (var row in heldOut)
                {
                    raw[k][row] += tree.Predict(columns, row);
                }
            }

            if (heldOut.Length > 0 && stopping.ShouldStop(round + 1, loss.Mean(raw, heldOut)))
            {
                trees.RemoveRange(stopping.BestRounds * loss.Outputs, trees.Count - (stopping.BestRounds * loss.Outputs));
                break;
            }

            // Trees without a split change nothing any more, and neither will those after them.
            if (AllConstant(trees, loss.Outputs))
            {
                trees.RemoveRange(trees.Count - loss.Outputs, loss.Outputs);
                break;
            }
        }

        return new BoostedTrees(features, target.Classes, baseline, [.. trees]);
    }

    private static Loss LossFor(Target target, double[]? weights) => target.Classes switch
    {
        null => new SquaredError(target.Values, weights),
        { Count: 2 } => new BinaryLogLoss(target.ClassIndex, weights),
        var classes => new MultinomialLogLoss(target.ClassIndex, classes.Count, weights),
    };

    private static bool AllConstant(List<Tree> trees, int outputs)
    {
        for (var i = trees.Count - outputs; i < trees.Count; i++)
        {
            if (trees[i].Nodes.Length > 1)
            {
                return false;
            }
        }

        return true;
    }

    private static (int[] Training, int[] HeldOut) HoldOut(int rows, BoostingParameters parameters, ulong seed)
    {
        var order = new int[rows];
        for (var i = 0; i < rows; i++)
        {
            order[i] = i;
        }

        var held = parameters.EarlyStopping ? (int)(rows * parameters.ValidationFraction) : 0;
        if (held == 0)
        {
            return (order, []);
        }

        // Sampling without replacement into the front of the array; both parts then go back to the order of the rows.
        var random = new SplitMix64(seed);
        for (var i = 0; i < held; i++)
        {
            var other = i + random.NextInt(rows - i);
            (order[i], order[other]) = (order[other], order[i]);
        }

        var (heldOut, training) = (order[..held], order[held..]);
        Array.Sort(heldOut);
        Array.Sort(training);
        return (training, heldOut);
    }
}
