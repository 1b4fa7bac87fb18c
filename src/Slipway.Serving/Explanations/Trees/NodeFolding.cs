using Slipway.Serving.Explanations.Domain;

namespace Slipway.Serving.Explanations.Trees;

/// <summary>A node as the file has it: several may lead to the same child.</summary>
internal sealed record RawNode(
    SplitMode Mode, int Column, double Value, bool MissingTrue, int True, int False, (int Output, double Value)[] Weights, HashSet<double>? Members = null);

/// <summary>
/// Makes real trees of what may be a graph: a chain "equals 3, else equals 7, else ..." whose hits all lead to one child, the way a set of categories is
/// written before ai.onnx.ml 5, becomes one membership test. Without that, a path of its own for every category would have to be explained.
/// </summary>
internal static class NodeFolding
{
    /// <summary>A graph that is no chain is unfolded into a tree, up to this size.</summary>
    private const int MostNodes = 2_000_000;

    /// <summary>Trees are walked by recursion; no training makes one this deep.</summary>
    private const int MostDepth = 512;

    public static TreeEnsemble Fold(RawNode[] raw, int[] roots, double[]? covers, double[] bases, double scale)
    {
        var parents = new int[raw.Length];
        foreach (var node in raw.Where(n => n.Mode != SplitMode.Leaf))
        {
            parents[node.True]++;
            parents[node.False]++;
        }

        var (nodes, counted, placed) = (new List<TreeNode>(raw.Length), new List<double>(), new List<int>());
        var waiting = new Stack<(int Raw, int Place, int Depth)>();
        foreach (var root in roots)
        {
            placed.Add(Place(root, 0));
            while (waiting.TryPop(out var next))
            {
                var (node, whenFalse, members) = Chain(raw, next.Raw, parents);
                if (next.Depth > MostDepth || node.Column < 0)
                {
                    throw EnsembleReader.Unsupported(node.Column < 0 ? "a node decides on a column below 0" : $"a tree is deeper than {MostDepth} nodes, or leads back into itself");
                }

                var (yes, no) = (Place(node.True, next.Depth + 1), Place(whenFalse, next.Depth + 1));
                nodes[next.Place] = new TreeNode(members is null ? node.Mode : SplitMode.Member, node.Column, node.Value, node.MissingTrue, yes, no, members, []);
            }
        }

        return new TreeEnsemble([.. nodes], [.. placed], bases, scale, covers is null ? null : [.. counted]);

        int Place(int from, int depth)
        {
            if (nodes.Count >= MostNodes)
            {
                throw EnsembleReader.Unsupported($"it has more than {MostNodes} nodes when its branches are told apart");
            }

            nodes.Add(TreeNode.Leaf(raw[from].Weights));
            counted.Add(covers?[from] ?? 0);
            if (raw[from].Mode != SplitMode.Leaf)
            {
                waiting.Push((from, nodes.Count - 1, depth));
            }

            return nodes.Count - 1;
        }
    }

    /// <summary>The chain that begins at a node: its first node, where it ends, and what it tests for; null for no chain.</summary>
    private static (RawNode First, int Otherwise, HashSet<double>? Members) Chain(RawNode[] raw, int place, int[] parents)
    {
        var first = raw[place];
        if (first.Mode == SplitMode.Member)
        {
            return (first, first.False, first.Members);
        }

        if (first.Mode != SplitMode.Equal || first.MissingTrue)
        {
            return (first, first.False, null);
        }

        var (members, end) = (new HashSet<double> { first.Value }, first.False);
        while (raw[end] is { Mode: SplitMode.Equal, MissingTrue: false } next && next.Column == first.Column && next.True == first.True && parents[end] == 1)
        {
            members.Add(next.Value);
            end = next.False;
        }

        return (first, end, members.Count == 1 ? null : members);
    }
}
