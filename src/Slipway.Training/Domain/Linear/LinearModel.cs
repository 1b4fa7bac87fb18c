using Slipway.Training.Domain.Features;
using Slipway.Training.Domain.Numerics;

namespace Slipway.Training.Domain.Linear;

/// <summary>
/// A trained linear model with one or more scores: the prediction (regression), the log odds of the second class (two classes) or one
/// score per class before the softmax.
/// </summary>
internal sealed class LinearModel
{
    private LinearModel(FeatureSet features, ClassLabels? classes, Design design, double[][] weights)
    {
        (Features, Classes) = (features, classes);
        (Means, Scales) = (design.Means, design.Scales);
        Bias = Array.ConvertAll(weights, w => w[^1]);
        Effects = new double[features.Count][][];
        for (var f = 0; f < features.Count; f++)
        {
            var codes = features.Features[f].IsCategory ? features.Features[f].Codes : 1;
            Effects[f] = Array.ConvertAll(weights, w => w[design.Offsets[f]..(design.Offsets[f] + codes)]);
        }
    }

    public FeatureSet Features { get; }

    public ClassLabels? Classes { get; }

    /// <summary>Of numeric features; also what stands in for a missing value.</summary>
    public double[] Means { get; }

    public double[] Scales { get; }

    public double[] Bias { get; }

    /// <summary>[features][scores][codes]: the effect of each code of a category, or of one standard deviation of a number.</summary>
    public double[][][] Effects { get; }

    public static LinearModel Train(
        FeatureSet features, float[][] columns, Target target, double[]? weights, LinearParameters parameters, CancellationToken cancellation)
    {
        var design = new Design(features, columns);
        var model = new LinearModel(features, target.Classes, design, Fit(design, target, weights, parameters, cancellation));
        model.FillUnseen(columns);
        return model;
    }

    /// <summary>[scores][rows].</summary>
    public double[][] Scores(float[][] columns) => [.. Bias.Select((bias, k) =>
    {
        var scores = new double[columns[0].Length];
        Array.Fill(scores, bias);
        for (var f = 0; f < columns.Length; f++)
        {
            var effects = Effects[f][k];
            for (var row = 0; row < scores.Length; row++)
            {
                var x = columns[f][row];
                scores[row] += Features.Features[f].IsCategory
                    ? effects[(int)x]
                    : float.IsFinite(x) ? (x - Means[f]) / Scales[f] * effects[0] : 0;
            }
        }

        return scores;
    })];

    /// <summary>Classification: [rows][classes].</summary>
    public double[][] Probabilities(float[][] columns)
    {
        var scores = Scores(columns);
        return [.. Enumerable.Range(0, columns[0].Length).Select(row =>
        {
            if (scores.Length == 1 && Classes!.Count == 2)
            {
                return new[] { Logistic.Sigmoid(-scores[0][row]), Logistic.Sigmoid(scores[0][row]) };
            }

            var own = Array.ConvertAll(scores, s => s[row]);
            Logistic.Softmax(own, out _);
            return own;
        })];
    }

    private static double[][] Fit(Design design, Target target, double[]? weights, LinearParameters parameters, CancellationToken cancellation)
    {
        switch (target.Classes)
        {
            case null:
                return [Ridge.Fit(design, target.Values, weights, parameters.Alpha, cancellation)];
            case { Count: 1 }:
                return [new double[design.Width]];
            case var classes:
                var loss = new LogisticLoss(design, target.ClassIndex, classes.Count, weights, parameters.Alpha);
                var found = Lbfgs.Minimise(loss.Size, loss.At, parameters.Iterations, parameters.Tolerance, cancellation);
                return [.. Enumerable.Range(0, loss.Scores).Select(k => found[(k * design.Width)..((k + 1) * design.Width)])];
        }
    }

    // A code that training never saw (missing, mostly) has the average effect of the codes it did see, not that of a category of effect 0.
    private void FillUnseen(float[][] columns)
    {
        for (var f = 0; f < columns.Length; f++)
        {
            if (!Features.Features[f].IsCategory)
            {
                continue;
            }

            var counts = new int[Features.Features[f].Codes];
            foreach (var code in columns[f])
            {
                counts[(int)code]++;
            }

            foreach (var effects in Effects[f])
            {
                var average = effects.Zip(counts, (e, n) => e * n).Sum() / columns[f].Length;
                for (var code = 0; code < effects.Length; code++)
                {
                    effects[code] = counts[code] == 0 ? average : effects[code];
                }
            }
        }
    }
}
