using Slipway.Kernel.Problems;
using Slipway.Serving.Explanations.Domain;
using Slipway.Serving.Explanations.Trees;

namespace Slipway.Serving.Explanations.Methods;

/// <summary>Our sums of leaves, transformed as the runtime does it, against the runtime's scores.</summary>
internal static class Scores
{
    public static Problem? Check(ReadEnsemble ensemble, IReadOnlyList<string> names, double[] margins, double[] scores)
    {
        var expected = Transformed(ensemble.Transform, margins);
        if (ensemble.OfSecondClass)
        {
            return Additivity.CheckReading(names[0], expected[0], scores[^1], margins[0]);
        }

        for (var k = 0; k < expected.Length; k++)
        {
            var broken = k < scores.Length
                ? Additivity.CheckReading(names[k], expected[k], scores[k], ensemble.Transform == PostTransform.None ? margins[k] : 1)
                : Additivity.CheckReading(names[k], expected[k], double.NaN, 1);
            if (broken is not null)
            {
                return broken;
            }
        }

        return null;
    }

    private static double[] Transformed(PostTransform transform, double[] margins)
    {
        switch (transform)
        {
            case PostTransform.None:
                return margins;
            case PostTransform.Logistic:
                return [.. margins.Select(m => 1 / (1 + Math.Exp(-m)))];
        }

        // SOFTMAX_ZERO leaves out scores of 0 (to the runtime: below 1e-7).
        var skips = transform == PostTransform.SoftmaxZero;
        var greatest = margins.Max();
        double[] powers = [.. margins.Select(m => skips && Math.Abs(m) <= 1e-7 ? 0 : Math.Exp(m - greatest))];
        var sum = powers.Sum();
        return [.. powers.Select(p => sum == 0 ? 0 : p / sum)];
    }
}
