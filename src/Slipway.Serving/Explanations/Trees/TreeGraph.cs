using Google.Protobuf;
using Slipway.Kernel.Problems;
using Slipway.Serving.Explanations.Trees.Proto;

namespace Slipway.Serving.Explanations.Trees;

/// <summary>
/// A model that is one ensemble of trees, with what stands before it (encoding, scaling) and after it (a logistic function, the choice of a class).
/// </summary>
/// <param name="Input">Name of the tensor that goes into the trees.</param>
/// <param name="Scores">Name of the tensor that comes out of them.</param>
/// <param name="IsPrediction">Nothing but changes of type and shape stands between the trees and the answer: what they add up to is the prediction.</param>
internal sealed record TreeGraph(GraphProto Graph, ReadEnsemble Ensemble, string Input, string Scores, bool IsPrediction)
{
    private static readonly HashSet<string> Shapes = new(StringComparer.Ordinal) { "Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten" };

    /// <summary>Unsupported, in words, for a model that is something else: that one is explained without looking inside.</summary>
    public static Result<TreeGraph> Read(ReadOnlySpan<byte> onnx)
    {
        GraphProto? graph;
        try
        {
            graph = ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(onnx).Graph;
        }
        catch (InvalidProtocolBufferException)
        {
            return No("it is not an ONNX file");
        }

        var ensembles = graph?.Node.Where(EnsembleReader.Reads).ToArray() ?? [];
        if (ensembles.Length != 1)
        {
            return No(ensembles.Length == 0 ? "it has no trees" : $"it has {ensembles.Length} ensembles of trees");
        }

        var node = ensembles[0];
        if (!EnsembleReader.Read(node).TryGet(out var ensemble, out var problem))
        {
            return problem;
        }

        var after = Behind(graph!, node);
        return after is null
            ? No("its inputs reach the answer on other ways than through the trees")
            : new TreeGraph(graph!, ensemble, node.Input[0], node.Output[ensemble.ScoresPlace], ensemble.Transform == PostTransform.None && ensemble.Classes.Count == 0 && after.All(Shapes.Contains));
    }

    /// <summary>The operators between the trees and the outputs; null when an output depends on an input in another way.</summary>
    private static List<string>? Behind(GraphProto graph, NodeProto trees)
    {
        var inputs = graph.Input.Select(i => i.Name).Except(graph.Initializer.Select(w => w.Name)).ToHashSet(StringComparer.Ordinal);
        var makers = new Dictionary<string, NodeProto>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            foreach (var made in node.Output)
            {
                makers[made] = node;
            }
        }

        var (operators, seen, waiting) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal), new Stack<string>(graph.Output.Select(o => o.Name)));
        while (waiting.TryPop(out var name))
        {
            if (!seen.Add(name))
            {
                continue;
            }

            if (inputs.Contains(name))
            {
                return null;
            }

            if (makers.TryGetValue(name, out var maker) && maker != trees)
            {
                operators.Add(maker.OpType);
                foreach (var needed in maker.Input)
                {
                    waiting.Push(needed);
                }
            }
        }

        return operators;
    }

    private static Problem No(string why) => new(ProblemCode.Unsupported, $"The model is not one ensemble of trees: {why}");
}
