using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Explanations.Domain;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Explanations.Trees;

/// <summary>
/// A model of trees, opened a second time with two more outputs: what goes into the trees, so that encoding before them is done by the very model, and what
/// comes out, to hold our reading of the trees against.
/// </summary>
internal sealed class TreeModel : IDisposable
{
    /// <summary>ModelProto.graph = 7, GraphProto.output = 12, ValueInfoProto.name = 1, each with a length.</summary>
    private const byte GraphTag = (7 << 3) | 2;
    private const byte OutputTag = (12 << 3) | 2;
    private const byte NameTag = (1 << 3) | 2;

    private readonly OnnxModel _session;
    private (int[] PlayerOf, PathDependentShapley? Shapley)? _byPaths;

    private TreeModel(TreeGraph graph, OnnxModel session) => (Graph, _session) = (graph, session);

    public TreeGraph Graph { get; }

    public TreeEnsemble Trees => Graph.Ensemble.Trees;

    /// <summary>Unsupported, in words, when the model is not one ensemble of trees.</summary>
    public static Result<TreeModel> Open(byte[] onnx)
    {
        if (!TreeGraph.Read(onnx).TryGet(out var graph, out var problem))
        {
            return problem;
        }

        // Fields of a message that come again are added to it, so what is shown beside the model's outputs is simply appended.
        var known = graph.Graph.Output.Concat(graph.Graph.Input).Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
        byte[] shown = [.. onnx, .. new[] { graph.Input, graph.Scores }.Where(name => !known.Contains(name)).SelectMany(Shown)];
        return OnnxModel.Load(shown).TryGet(out var session, out problem)
            ? new TreeModel(graph, session)
            : new Problem(ProblemCode.Unsupported, $"The inside of the trees' graph cannot be shown: {problem.Message}");
    }

    /// <summary>The rows as the trees see them, and the runtime's scores of them.</summary>
    public Result<(double[][] Rows, double[][] Scores)> Run(InferenceRequest request, CancellationToken cancellation)
    {
        var direct = request.Inputs.Find(i => i.Name == Graph.Input);
        int[] places = direct is null ? [PlaceOf(Graph.Input), PlaceOf(Graph.Scores)] : [PlaceOf(Graph.Scores)];
        if (places.Contains(-1))
        {
            return new Problem(ProblemCode.Unsupported, "The inside of the trees' graph is not shown by the runtime");
        }

        if (!_session.Run(request.ToOnnx(), places, cancellation).TryGet(out var outputs, out var problem))
        {
            return problem;
        }

        using (outputs)
        {
            var rows = request.Rows;
            var scores = Table(outputs.Spec(places.Length - 1).Type, outputs.Bytes(places.Length - 1), rows);
            return (direct is null ? Table(outputs.Spec(0).Type, outputs.Bytes(0), rows) : Table(direct.Type, direct.Numbers!.As<byte>()[..(direct.Elements * direct.Type.Size())], rows), scores);
        }
    }

    /// <summary>Path dependent values by the model's own counts of training rows, laid out once for the players asked for last; null when the forest is too large.</summary>
    public PathDependentShapley? ByOwnCovers(int[] playerOf)
    {
        lock (_session)
        {
            if (_byPaths is { } known && known.PlayerOf.AsSpan().SequenceEqual(playerOf))
            {
                return known.Shapley;
            }
        }

        var made = TreePaths.Compile(Trees, playerOf, Trees.Covers!) is { } paths ? new PathDependentShapley(paths) : null;
        lock (_session)
        {
            _byPaths = (playerOf, made);
        }

        return made;
    }

    public void Dispose() => _session.Dispose();

    private int PlaceOf(string output)
    {
        for (var i = 0; i < _session.Outputs.Count; i++)
        {
            if (_session.Outputs[i].Name == output)
            {
                return i;
            }
        }

        return -1;
    }

    private static double[][] Table(OnnxType type, ReadOnlySpan<byte> bytes, int rows)
    {
        var size = type.Size();
        var width = bytes.Length / size / Math.Max(1, rows);
        var table = new double[rows][];
        for (var row = 0; row < rows; row++)
        {
            table[row] = new double[width];
            for (var i = 0; i < width; i++)
            {
                table[row][i] = Rows.ElementCodec.Read(type, bytes.Slice(((row * width) + i) * size, size));
            }
        }

        return table;
    }

    private static IEnumerable<byte> Shown(string name)
    {
        var text = System.Text.Encoding.UTF8.GetBytes(name);
        byte[] info = [NameTag, .. Length(text.Length), .. text];
        byte[] output = [OutputTag, .. Length(info.Length), .. info];
        return [GraphTag, .. Length(output.Length), .. output];
    }

    private static IEnumerable<byte> Length(int length)
    {
        for (; length >= 0x80; length >>= 7)
        {
            yield return (byte)(length | 0x80);
        }

        yield return (byte)length;
    }
}
