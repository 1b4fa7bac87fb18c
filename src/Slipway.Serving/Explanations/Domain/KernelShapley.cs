namespace Slipway.Serving.Explanations.Domain;

/// <summary>Shapley values from the values of coalitions.</summary>
internal static class KernelShapley
{
    /// <param name="values">coalitions x outputs: the mean output when only the coalition's players are as in the row.</param>
    /// <param name="empty">One per output: the value of the empty coalition.</param>
    /// <param name="full">One per output: the value of the row itself.</param>
    /// <returns>outputs x players; they sum to full - empty.</returns>
    public static double[] Solve(CoalitionPlan plan, double[][] values, double[] empty, double[] full) =>
        plan.IsExact ? Exact(plan.Players, values, empty.Length) : LeastSquares(plan, values, empty, full);

    /// <summary>The definition: every player's mean difference over all coalitions without it, those of each size together weighing the same.</summary>
    private static double[] Exact(int players, double[][] values, int outputs)
    {
        var contributions = new double[outputs * players];
        var weights = new double[players];
        weights[0] = 1.0 / players;
        for (var size = 1; size < players; size++)
        {
            weights[size] = weights[size - 1] * size / (players - size);
        }

        for (var coalition = 0; coalition < values.Length; coalition++)
        {
            var size = System.Numerics.BitOperations.PopCount((uint)coalition);
            for (var player = 0; player < players; player++)
            {
                if ((coalition >> player & 1) != 0)
                {
                    continue;
                }

                var (with, without) = (values[coalition | 1 << player], values[coalition]);
                for (var k = 0; k < outputs; k++)
                {
                    contributions[(k * players) + player] += weights[size] * (with[k] - without[k]);
                }
            }
        }

        return contributions;
    }

    /// <summary>
    /// Weighted least squares with the sum held fixed: the last player is written as what the others leave, so that what remains is an ordinary problem.
    /// </summary>
    private static double[] LeastSquares(CoalitionPlan plan, double[][] values, double[] empty, double[] full)
    {
        var (free, outputs) = (plan.Players - 1, empty.Length);
        var normal = new double[free * free];
        var right = new double[outputs][];
        for (var k = 0; k < outputs; k++)
        {
            right[k] = new double[free];
        }

        var design = new double[free];
        for (var c = 0; c < values.Length; c++)
        {
            var coalition = plan.Coalitions[c];
            var last = CoalitionPlan.Has(coalition, free) ? 1.0 : 0;
            for (var i = 0; i < free; i++)
            {
                design[i] = (CoalitionPlan.Has(coalition, i) ? 1 : 0) - last;
            }

            for (var i = 0; i < free; i++)
            {
                var weighted = plan.Weights[c] * design[i];
                if (weighted == 0)
                {
                    continue;
                }

                for (var j = 0; j <= i; j++)
                {
                    normal[(i * free) + j] += weighted * design[j];
                }

                for (var k = 0; k < outputs; k++)
                {
                    right[k][i] += weighted * (values[c][k] - empty[k] - (last * (full[k] - empty[k])));
                }
            }
        }

        Cholesky(normal, free);
        var contributions = new double[outputs * plan.Players];
        for (var k = 0; k < outputs; k++)
        {
            Substitute(normal, free, right[k]);
            right[k].CopyTo(contributions, k * plan.Players);
            contributions[(k * plan.Players) + free] = full[k] - empty[k] - right[k].Sum();
        }

        return contributions;
    }

    /// <summary>In place, lower triangle. A pivot that vanishes, which only too few coalitions bring about, is lifted: that player keeps about nothing.</summary>
    private static void Cholesky(double[] matrix, int n)
    {
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = matrix[(i * n) + j];
                for (var k = 0; k < j; k++)
                {
                    sum -= matrix[(i * n) + k] * matrix[(j * n) + k];
                }

                matrix[(i * n) + j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-12)) : sum / matrix[(j * n) + j];
            }
        }
    }

    private static void Substitute(double[] lower, int n, double[] x)
    {
        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < i; k++)
            {
                x[i] -= lower[(i * n) + k] * x[k];
            }

            x[i] /= lower[(i * n) + i];
        }

        for (var i = n - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < n; k++)
            {
                x[i] -= lower[(k * n) + i] * x[k];
            }

            x[i] /= lower[(i * n) + i];
        }
    }
}
