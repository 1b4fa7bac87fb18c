using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Training.Domain.Features;

/// <summary>The features of a model in order, learned from the training frame, and how to encode any frame for it.</summary>
internal sealed class FeatureSet(IReadOnlyList<Feature> features)
{
    public IReadOnlyList<Feature> Features { get; } = features;

    public int Count => Features.Count;

    /// <summary>One float32 column per feature, [features][rows]: values for numbers, codes for categories.</summary>
    public Result<float[][]> Encode(Frame frame)
    {
        var faults = new List<Fault>();
        var columns = new float[Features.Count][];
        for (var f = 0; f < columns.Length; f++)
        {
            var feature = Features[f];
            if (!frame.Has(feature.Name))
            {
                faults.Add(new Fault(feature.Name, "the column is not in the data, and the model was trained with it"));
                continue;
            }

            switch (frame[feature.Name], feature.Kind)
            {
                case (NumericColumn numbers, FeatureKind.Number):
                    columns[f] = ToFloat(numbers.Values);
                    break;
                case (NumericColumn numbers, FeatureKind.NumberCategory):
                    columns[f] = Array.ConvertAll(numbers.Values, v => (float)feature.CodeOf((float)v));
                    break;
                case (TextColumn texts, FeatureKind.TextCategory):
                    columns[f] = Array.ConvertAll(texts.Values, v => (float)feature.CodeOf(v));
                    break;
                default:
                    faults.Add(new Fault(feature.Name, $"the column must hold {(feature.Kind == FeatureKind.TextCategory ? "text" : "numbers")}, as in training"));
                    break;
            }
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : columns;
    }

    private static float[] ToFloat(double[] values)
    {
        var floats = new float[values.Length];
        for (var i = 0; i < floats.Length; i++)
        {
            floats[i] = (float)values[i];
        }

        return floats;
    }
}
