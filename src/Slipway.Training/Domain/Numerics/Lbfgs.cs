namespace Slipway.Training.Domain.Numerics;

/// <summary>Limited-memory BFGS (Nocedal and Wright, algorithm 7.5) with backtracking, for smooth convex functions.</summary>
internal static class Lbfgs
{
    private const int Memory = 10;

    /// <param name="size">Number of parameters; the search starts at 0.</param>
    /// <param name="function">Gives the value at the parameters and fills the gradient.</param>
    /// <param name="iterations">Steps at most.</param>
    /// <param name="tolerance">Stop when no derivative is greater.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    public static double[] Minimise(int size, Func<double[], double[], double> function, int iterations, double tolerance, CancellationToken cancellation)
    {
        var x = new double[size];
        var gradient = new double[size];
        var value = function(x, gradient);
        var history = new LinkedList<(double[] Step, double[] Change, double Inverse)>();
        for (var iteration = 0; iteration < iterations && gradient.Max(Math.Abs) > tolerance; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            var direction = Direction(gradient, history);
            var slope = Vectors.Dot(gradient, direction);
            var length = history.Count == 0 ? Math.Min(1, 1 / gradient.Sum(Math.Abs)) : 1;
            var (nextX, nextGradient) = (new double[size], new double[size]);
            double nextValue;
            while (true)
            {
                x.CopyTo(nextX, 0);
                Vectors.AddScaled(nextX, length, direction);
                nextValue = function(nextX, nextGradient);
                if (nextValue <= value + (1e-4 * length * slope))
                {
                    break;
                }

                length /= 2;
                // Rounding hides any further descent.
                if (length < 1e-12)
                {
                    return x;
                }
            }

            Remember(history, x, nextX, gradient, nextGradient);
            (x, gradient, value) = (nextX, nextGradient, nextValue);
        }

        return x;
    }

    private static void Remember(
        LinkedList<(double[] Step, double[] Change, double Inverse)> history, double[] x, double[] nextX, double[] gradient, double[] nextGradient)
    {
        var step = nextX.Zip(x, (a, b) => a - b).ToArray();
        var change = nextGradient.Zip(gradient, (a, b) => a - b).ToArray();
        var curvature = Vectors.Dot(step, change);
        if (curvature > 1e-14 * Vectors.Dot(change, change))
        {
            history.AddLast((step, change, 1 / curvature));
            if (history.Count > Memory)
            {
                history.RemoveFirst();
            }
        }
    }

    private static double[] Direction(double[] gradient, LinkedList<(double[] Step, double[] Change, double Inverse)> history)
    {
        var direction = Array.ConvertAll(gradient, g => -g);
        var factors = new Stack<double>();
        for (var entry = history.Last; entry is not null; entry = entry.Previous)
        {
            var factor = entry.Value.Inverse * Vectors.Dot(entry.Value.Step, direction);
            factors.Push(factor);
            Vectors.AddScaled(direction, -factor, entry.Value.Change);
        }

        if (history.Last is { } newest)
        {
            var scale = 1 / (newest.Value.Inverse * Vectors.Dot(newest.Value.Change, newest.Value.Change));
            for (var i = 0; i < direction.Length; i++)
            {
                direction[i] *= scale;
            }
        }

        for (var entry = history.First; entry is not null; entry = entry.Next)
        {
            var factor = entry.Value.Inverse * Vectors.Dot(entry.Value.Change, direction);
            Vectors.AddScaled(direction, factors.Pop() - factor, entry.Value.Step);
        }

        return direction;
    }
}
