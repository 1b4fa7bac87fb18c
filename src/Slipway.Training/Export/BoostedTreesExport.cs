using Slipway.Training.Domain.Boosting;
using static Slipway.Training.Export.OnnxGraph;

namespace Slipway.Training.Export;

/// <summary>
/// Writes <see cref="BoostedTrees"/> as a TreeEnsembleRegressor. Inputs are float32; inside, thresholds, leaf values and sums are doubles,
/// so the model decides and adds up exactly as the trainer does and differs only by the last rounding to float32.
/// </summary>
internal static class BoostedTreesExport
{
    public static byte[] Write(BoostedTrees model)
    {
        var graph = new OnnxGraph();
        var inputs = FeatureInputs.Declare(graph, model.Features);
        var encoded = model.Features.Features.Select((f, i) => FeatureInputs.AsFloat(graph, f, inputs[i])).ToArray();
        var joined = encoded.Length == 1 ? encoded[0] : graph.Node("Concat", encoded, Int("axis", 1));
        var raw = graph.MlNode("TreeEnsembleRegressor", graph.Cast(joined, OnnxType.Double), Ensemble(model));
        ClassOutputs.Add(graph, model.Classes, graph.Cast(raw, OnnxType.Double));
        FeatureInputs.Describe(graph, "gradient-boosting", model.Features, model.Classes);
        return graph.ToBytes();
    }

    private static Proto.AttributeProto[] Ensemble(BoostedTrees model)
    {
        var table = new NodeTable();
        var outputs = model.Baseline.Length;
        for (var t = 0; t < model.Trees.Length; t++)
        {
            table.AddTree(model.Trees[t], t % outputs);
        }

        // The runtime wants at least one tree, even when there was nothing to learn.
        if (model.Trees.Length == 0)
        {
            table.AddTree(new Tree([TreeNode.Leaf(0)]), 0);
        }

        return
        [
            Int("n_targets", outputs),
            Text("aggregate_function", "SUM"),
            Text("post_transform", "NONE"),
            Doubles("base_values_as_tensor", model.Baseline),
            .. table.Attributes(),
        ];
    }
}
