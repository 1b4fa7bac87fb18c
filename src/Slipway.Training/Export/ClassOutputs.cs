using Slipway.Training.Domain.Features;

namespace Slipway.Training.Export;

/// <summary>The outputs that every model has: <c>prediction</c>, or <c>label</c> and <c>probabilities</c>.</summary>
internal static class ClassOutputs
{
    /// <param name="graph">The graph to end.</param>
    /// <param name="classes">Null for regression.</param>
    /// <param name="raw">double [rows, 1]: the prediction or the log odds of the second class; [rows, classes]: scores before the softmax.</param>
    public static void Add(OnnxGraph graph, ClassLabels? classes, string raw)
    {
        if (classes is null)
        {
            graph.Output("prediction", OnnxType.Float, 1, graph.Cast(raw, OnnxType.Float));
            return;
        }

        // Both sides from their own sigmoid: 1 - p would leave nothing of a small probability. In double, because the runtime's float32
        // sigmoid is a polynomial that is off by 1e-4 of a probability of 0.0007.
        var exact = classes.Count == 2
            ? graph.Node("Concat", [graph.Node("Sigmoid", graph.Node("Neg", raw)), graph.Node("Sigmoid", raw)], OnnxGraph.Int("axis", 1))
            : graph.Node("Softmax", [raw], OnnxGraph.Int("axis", 1));
        var probabilities = graph.Cast(exact, OnnxType.Float);
        var index = graph.Node("ArgMax", [probabilities], OnnxGraph.Int("axis", 1), OnnxGraph.Int("keepdims", 0));
        var names = classes.Texts is { } texts ? graph.Constant(texts) : graph.Constant(classes.Numbers!, classes.Count);
        graph.Output("label", classes.Texts is null ? OnnxType.Int64 : OnnxType.String, null, graph.Node("Gather", names, index));
        graph.Output("probabilities", OnnxType.Float, classes.Count, probabilities);
    }
}
