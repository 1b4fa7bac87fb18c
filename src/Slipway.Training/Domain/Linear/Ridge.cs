using Slipway.Training.Domain.Numerics;

namespace Slipway.Training.Domain.Linear;

/// <summary>Least squares with a ridge penalty, in closed form.</summary>
internal static class Ridge
{
    /// <returns>One weight per column of the design; the last is the constant, which is not penalised.</returns>
    public static double[] Fit(Design design, double[] target, double[]? weights, double alpha, CancellationToken cancellation)
    {
        var width = design.Width;
        var gram = new double[width * width];
        var moment = new double[width];
        var at = new int[design.Entries];
        var values = new double[design.Entries];
        // About the mean, so that a large constant in the target does not cost digits of the weights.
        var mean = target.Average();
        for (var row = 0; row < design.Rows; row++)
        {
            design.Row(row, at, values);
            var w = weights?[row] ?? 1;
            for (var i = 0; i < at.Length; i++)
            {
                var scaled = w * values[i];
                moment[at[i]] += scaled * (target[row] - mean);
                // Columns ascend along a row's entries, so this fills the lower triangle.
                var line = gram.AsSpan(at[i] * width, width);
                for (var j = 0; j <= i; j++)
                {
                    line[at[j]] += scaled * values[j];
                }
            }
        }

        for (var i = 0; i < width - 1; i++)
        {
            gram[(i * width) + i] += alpha;
        }

        cancellation.ThrowIfCancellationRequested();
        Cholesky.Solve(gram, moment);
        moment[width - 1] += mean;
        return moment;
    }
}
