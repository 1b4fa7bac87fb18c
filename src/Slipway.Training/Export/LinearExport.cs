using Slipway.Training.Domain.Features;
using Slipway.Training.Domain.Linear;
using static Slipway.Training.Export.OnnxGraph;

namespace Slipway.Training.Export;

/// <summary>
/// Writes <see cref="LinearModel"/>: numbers are joined, imputed, standardised and multiplied at once; a category looks its effect up in a
/// table, which is what multiplying a one-hot row comes to. Doubles inside, so only the last rounding to float32 differs from the trainer.
/// </summary>
internal static class LinearExport
{
    public static byte[] Write(LinearModel model)
    {
        var graph = new OnnxGraph();
        var inputs = FeatureInputs.Declare(graph, model.Features);
        var scores = model.Bias.Length;
        var terms = new List<string>();
        int[] numbers = [.. Enumerable.Range(0, inputs.Length).Where(f => !model.Features.Features[f].IsCategory)];
        if (numbers.Length > 0)
        {
            terms.Add(Numbers(graph, model, inputs, numbers));
        }

        for (var f = 0; f < inputs.Length; f++)
        {
            if (model.Features.Features[f].IsCategory)
            {
                terms.Add(Category(graph, model, f, inputs[f]));
            }
        }

        var sum = terms.Aggregate(graph.Constant(model.Bias, 1, scores), (total, term) => graph.Node("Add", total, term));
        ClassOutputs.Add(graph, model.Classes, sum);
        FeatureInputs.Describe(graph, "linear", model.Features, model.Classes);
        return graph.ToBytes();
    }

    private static string Numbers(OnnxGraph graph, LinearModel model, string[] inputs, int[] numbers)
    {
        var joined = numbers.Length == 1 ? inputs[numbers[0]] : graph.Node("Concat", numbers.Select(f => inputs[f]), Int("axis", 1));
        var x = graph.Cast(joined, OnnxType.Double);
        var means = graph.Constant([.. numbers.Select(f => model.Means[f])], 1, numbers.Length);
        var scales = graph.Constant([.. numbers.Select(f => model.Scales[f])], 1, numbers.Length);
        var absent = graph.Node("Or", graph.Node("IsNaN", x), graph.Node("IsInf", x));
        var standard = graph.Node("Div", graph.Node("Sub", graph.Node("Where", absent, means, x), means), scales);
        var weights = numbers.SelectMany(f => model.Effects[f].Select(effects => effects[0])).ToArray();
        return graph.Node("MatMul", standard, graph.Constant(weights, numbers.Length, model.Bias.Length));
    }

    private static string Category(OnnxGraph graph, LinearModel model, int f, string input)
    {
        var feature = model.Features.Features[f];
        var table = new double[feature.Codes * model.Bias.Length];
        for (var code = 0; code < feature.Codes; code++)
        {
            for (var k = 0; k < model.Bias.Length; k++)
            {
                table[(code * model.Bias.Length) + k] = model.Effects[f][k][code];
            }
        }

        // [rows, 1] indices into [codes, scores] give [rows, 1, scores].
        var rows = graph.Node("Gather", graph.Constant(table, feature.Codes, model.Bias.Length), FeatureInputs.AsIndex(graph, feature, input));
        return graph.Node("Squeeze", rows, graph.Constant([1L], 1));
    }
}
