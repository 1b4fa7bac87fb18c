using Slipway.Training.Domain.Features;
using Slipway.Training.Domain.Numerics;

namespace Slipway.Training.Domain.Boosting;

/// <summary>A trained model: raw prediction of output k is <c>Baseline[k]</c> plus the values of trees k, k + K, k + 2K, ...</summary>
internal sealed class BoostedTrees(FeatureSet features, ClassLabels? classes, double[] baseline, Tree[] trees)
{
    public FeatureSet Features { get; } = features;

    public ClassLabels? Classes { get; } = classes;

    public double[] Baseline { get; } = baseline;

    public Tree[] Trees { get; } = trees;

    /// <summary>Regression: the prediction per row. Columns as <see cref="FeatureSet.Encode"/> gives them.</summary>
    public double[] Predict(float[][] columns) => PredictRaw(columns)[0];

    /// <summary>Classification: [rows][classes].</summary>
    public double[][] Probabilities(float[][] columns)
    {
        var raw = PredictRaw(columns);
        var result = new double[raw[0].Length][];
        for (var row = 0; row < result.Length; row++)
        {
            if (Classes!.Count == 2)
            {
                result[row] = [Logistic.Sigmoid(-raw[0][row]), Logistic.Sigmoid(raw[0][row])];
                continue;
            }

            result[row] = new double[raw.Length];
            for (var k = 0; k < raw.Length; k++)
            {
                result[row][k] = raw[k][row];
            }

            Logistic.Softmax(result[row], out _);
        }

        return result;
    }

    private double[][] PredictRaw(float[][] columns)
    {
        var rows = columns[0].Length;
        var raw = new double[Baseline.Length][];
        for (var k = 0; k < raw.Length; k++)
        {
            raw[k] = new double[rows];
            Array.Fill(raw[k], Baseline[k]);
            for (var t = k; t < Trees.Length; t += raw.Length)
            {
                for (var row = 0; row < rows; row++)
                {
                    raw[k][row] += Trees[t].Predict(columns, row);
                }
            }
        }

        return raw;
    }
}
