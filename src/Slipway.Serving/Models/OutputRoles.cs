using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Serving.Tensors;
using Slipway.Serving.Wire;

namespace Slipway.Serving.Models;

/// <summary>Which of a model's outputs is the prediction and which the probabilities, told by their names and types.</summary>
/// <param name="Prediction">Place of the prediction among the outputs.</param>
/// <param name="Probabilities">Place of the probabilities, or -1.</param>
/// <param name="Classifies">The prediction is a class label: text even when the label is written as a number.</param>
/// <param name="Classes">Class labels in the order of the probabilities; empty when the model does not say.</param>
internal sealed record OutputRoles(int Prediction, int Probabilities, bool Classifies, IReadOnlyList<string> Classes)
{
    private static readonly string[] PredictionNames = ["prediction", "label", "output_label", "predictions", "variable"];
    private static readonly string[] LabelNames = ["label", "output_label"];
    private static readonly string[] ProbabilityNames = ["probabilities", "output_probability", "probability"];

    public static OutputRoles Of(IReadOnlyList<OnnxTensorSpec> outputs, IReadOnlyList<string> classes)
    {
        var prediction = Math.Max(0, PlaceOf(outputs, PredictionNames));
        var probabilities = PlaceOf(outputs, ProbabilityNames) is >= 0 and var named ? named : ZipMapIn(outputs);
        var classifies = outputs.Count > 0
            && (outputs[prediction].Type == OnnxType.BYTES
                || LabelNames.Contains(outputs[prediction].Name)
                || (probabilities >= 0 && probabilities != prediction && !IsFloat(outputs[prediction].Type)));
        var roles = new OutputRoles(prediction, probabilities, classifies, classes);
        return roles.TakesBest ? roles with { Classifies = true } : roles;
    }

    /// <summary>The model gives probabilities alone, so the prediction is the class with the greatest.</summary>
    public bool TakesBest => Prediction == Probabilities && Classes.Count > 1;

    /// <summary>Label of one row of such a model.</summary>
    /// <param name="perRow">Probabilities of a row.</param>
    public string? BestOf(TensorSet outputs, int place, int row, int perRow)
    {
        if (perRow != Classes.Count)
        {
            return null;
        }

        var (best, greatest) = (0, double.NegativeInfinity);
        for (var i = 0; i < perRow; i++)
        {
            var value = Convert.ToDouble(OutputElement.Read(outputs, place, (row * perRow) + i), CultureInfo.InvariantCulture);
            (best, greatest) = value > greatest ? (i, value) : (best, greatest);
        }

        return Classes[best];
    }

    public static bool IsFloat(OnnxType type) => type is OnnxType.FP32 or OnnxType.FP64 or OnnxType.FP16 or OnnxType.BF16;

    /// <summary>Lists of maps are what exporters of classifiers write probabilities as, whatever they call them.</summary>
    private static int ZipMapIn(IReadOnlyList<OnnxTensorSpec> outputs)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].IsZipMap)
            {
                return i;
            }
        }

        return -1;
    }

    private static int PlaceOf(IReadOnlyList<OnnxTensorSpec> outputs, string[] names)
    {
        foreach (var name in names)
        {
            for (var i = 0; i < outputs.Count; i++)
            {
                if (outputs[i].Name == name)
                {
                    return i;
                }
            }
        }

        return -1;
    }
}
