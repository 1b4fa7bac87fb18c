using System.Runtime.Intrinsics;

namespace Slipway.Training.Domain.Numerics;

/// <summary>From scores to probabilities.</summary>
internal static class Logistic
{
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static void Sigmoid(ReadOnlySpan<double> x, Span<double> result)
    {
        var i = 0;
        for (; i <= x.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            (Vector256<double>.One / (Vector256<double>.One + Vector256.Exp(-Vector256.Create(x[i..])))).CopyTo(result[i..]);
        }

        for (; i < x.Length; i++)
        {
            result[i] = Sigmoid(x[i]);
        }
    }

    /// <summary>log(1 + exp(-margin)) without overflow: the log loss of a row whose true side has this much of the log odds.</summary>
    public static double Loss(double margin) => Math.Max(-margin, 0) + Math.Log(1 + Math.Exp(-Math.Abs(margin)));

    /// <summary>Replaces scores by probabilities; <paramref name="logSum"/> is the log of the sum of their exponentials.</summary>
    public static void Softmax(Span<double> scores, out double logSum)
    {
        var max = double.NegativeInfinity;
        foreach (var score in scores)
        {
            max = Math.Max(max, score);
        }

        var sum = 0.0;
        foreach (ref var score in scores)
        {
            sum += score = Math.Exp(score - max);
        }

        foreach (ref var score in scores)
        {
            score /= sum;
        }

        logSum = max + Math.Log(sum);
    }
}
