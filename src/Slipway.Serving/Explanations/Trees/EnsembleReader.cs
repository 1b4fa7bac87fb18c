using Slipway.Kernel.Problems;
using Slipway.Serving.Explanations.Domain;
using Slipway.Serving.Explanations.Trees.Proto;

namespace Slipway.Serving.Explanations.Trees;

/// <summary>What a runtime does to the sums of the leaves.</summary>
internal enum PostTransform
{
    None,
    Logistic,
    Softmax,
    SoftmaxZero,
}

/// <param name="Classes">Labels of the ensemble's own outputs; empty when the node does not name any.</param>
/// <param name="OfSecondClass">One output for two classes: the score of the second.</param>
/// <param name="ScoresPlace">Which of the node's outputs holds what <paramref name="Transform"/> made of the sums.</param>
internal sealed record ReadEnsemble(TreeEnsemble Trees, PostTransform Transform, IReadOnlyList<string> Classes, bool OfSecondClass, int ScoresPlace);

/// <summary>
/// Trees from the ONNX operators TreeEnsembleRegressor and TreeEnsembleClassifier (ai.onnx.ml 1 to 4) and TreeEnsemble (5). Unsupported says what about
/// them is not read: minima and maxima, which are no sums, and probit.
/// </summary>
internal static class EnsembleReader
{
    public const string Domain = "ai.onnx.ml";
    private const string Regressor = "TreeEnsembleRegressor";
    private const string Classifier = "TreeEnsembleClassifier";

    public static bool Reads(NodeProto node) => node.Domain == Domain && node.OpType is Regressor or Classifier or UnifiedTrees.Operator;

    public static Result<ReadEnsemble> Read(NodeProto node)
    {
        try
        {
            var table = new TreeNodeTable(node);
            return node.OpType switch
            {
                Regressor => ReadRegressor(table),
                Classifier => ReadClassifier(table),
                _ => UnifiedTrees.Read(table),
            };
        }
        catch (ProblemException e)
        {
            return e.Problem;
        }
    }

    private static ReadEnsemble ReadRegressor(TreeNodeTable table)
    {
        var outputs = (int)table.Int("n_targets", 1);
        var scale = table.Text("aggregate_function", "SUM") switch
        {
            "SUM" => 1.0,
            "AVERAGE" => 1.0 / Math.Max(1, table.Ints("nodes_treeids").Distinct().Count()),
            var other => throw Unsupported($"the trees are combined by {other}, which is no sum"),
        };
        var trees = Build(table, "target", outputs, Bases(table, outputs), scale);

        // The runtime transforms a single number by probit alone (tree_ensemble_aggregator.h, FinalizeScores1).
        var transform = Transform(table);
        return new ReadEnsemble(trees, outputs == 1 ? PostTransform.None : transform, [], false, 0);
    }

    private static ReadEnsemble ReadClassifier(TreeNodeTable table)
    {
        string[] classes = [.. table.Texts("classlabels_strings").Concat(table.Ints("classlabels_int64s").Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)))];
        var ids = table.Ints("class_ids");

        // Two classes and leaves of one: the runtime makes the other class from it, as the second one whichever id the leaves carry; a lone base value
        // belongs to the first id (tree_ensemble_aggregator.h, TreeAggregatorClassifier).
        var single = classes.Length == 2 && ids.Distinct().Count() == 1;
        var bases = Bases(table, single ? -1 : classes.Length);
        if (classes.Length == 2 && table.Numbers("base_values").Length == 2)
        {
            throw Unsupported("it has two classes and two base values, of which the runtime uses the one or the other row by row");
        }

        double[] own = single ? [bases.Length == 1 && ids[0] == 0 ? bases[0] : 0] : bases;
        var trees = Build(table, "class", own.Length, own, 1, oneOutput: single);
        if (classes.Length == 2 && !single && !AlwaysScoresSecond(trees))
        {
            throw Unsupported("of its two classes the second has no score in some rows, which the runtime then makes from the first");
        }

        var transform = Transform(table);
        return single && transform is not (PostTransform.None or PostTransform.Logistic)
            ? throw Unsupported($"it has one score for two classes and the post_transform {transform}")
            : new ReadEnsemble(trees, transform, classes, single, 1);
    }

    /// <summary>Whether some tree gives the second class a score whatever the row.</summary>
    private static bool AlwaysScoresSecond(TreeEnsemble trees)
    {
        return trees.Roots.Any(Always);

        bool Always(int place) => trees.Nodes[place] is var node && node.IsLeaf
            ? node.Weights.Any(w => w.Output == 1)
            : Always(node.True) && Always(node.False);
    }

    private static TreeEnsemble Build(TreeNodeTable table, string leaf, int outputs, double[] bases, double scale, bool oneOutput = false)
    {
        var (treeIds, nodeIds, columns) = (table.Ints("nodes_treeids"), table.Ints("nodes_nodeids"), table.Ints("nodes_featureids"));
        var (modes, values) = (table.Texts("nodes_modes"), table.Numbers("nodes_values"));
        var (whenTrue, whenFalse) = (table.Ints("nodes_truenodeids"), table.Ints("nodes_falsenodeids"));
        var (missing, hits) = (table.Ints("nodes_missing_value_tracks_true"), table.Numbers("nodes_hitrates"));
        var count = treeIds.Length;
        if (count == 0 || new[] { nodeIds.Length, columns.Length, modes.Length, values.Length, whenTrue.Length, whenFalse.Length }.Any(length => length != count))
        {
            throw Unsupported("the lists of its nodes differ in length");
        }

        var places = new Dictionary<(long Tree, long Node), int>(count);
        for (var i = 0; i < count; i++)
        {
            if (!places.TryAdd((treeIds[i], nodeIds[i]), i))
            {
                throw Unsupported($"node {nodeIds[i]} of tree {treeIds[i]} is there twice");
            }
        }

        var weights = LeafWeights(table, leaf, outputs, oneOutput, places);
        var nodes = new RawNode[count];
        for (var i = 0; i < count; i++)
        {
            nodes[i] = modes[i] == "LEAF"
                ? new RawNode(SplitMode.Leaf, 0, 0, false, -1, -1, weights.TryGetValue(i, out var held) ? [.. held] : [])
                : new RawNode(ModeOf(modes[i]), (int)columns[i], values[i], missing.Length == count && missing[i] == 1, Child(i, whenTrue[i]), Child(i, whenFalse[i]), []);
        }

        // Converters that know nothing of the training rows write 1 everywhere.
        var covers = hits.Length == count && hits.Distinct().Skip(1).Any() ? hits : null;
        int[] roots = [.. treeIds.Select((tree, i) => (tree, i)).GroupBy(t => t.tree).Select(g => RootOf(g.Select(t => t.i), nodes))];
        return NodeFolding.Fold(nodes, roots, covers, bases, scale);

        int Child(int node, long id) => places.TryGetValue((treeIds[node], id), out var child)
            ? child
            : throw Unsupported($"node {nodeIds[node]} of tree {treeIds[node]} points to {id}, which is not there");
    }

    private static Dictionary<int, List<(int, double)>> LeafWeights(
        TreeNodeTable table, string leaf, int outputs, bool oneOutput, Dictionary<(long Tree, long Node), int> places)
    {
        var (trees, nodes, ids, values) = (table.Ints($"{leaf}_treeids"), table.Ints($"{leaf}_nodeids"), table.Ints($"{leaf}_ids"), table.Numbers($"{leaf}_weights"));
        if (new[] { nodes.Length, ids.Length, values.Length }.Any(length => length != trees.Length))
        {
            throw Unsupported("the lists of its leaves differ in length");
        }

        var weights = new Dictionary<int, List<(int, double)>>();
        for (var i = 0; i < trees.Length; i++)
        {
            if (!places.TryGetValue((trees[i], nodes[i]), out var place) || (!oneOutput && (ids[i] < 0 || ids[i] >= outputs)))
            {
                throw Unsupported($"a leaf value belongs to node {nodes[i]} of tree {trees[i]} and output {ids[i]}, which is not there");
            }

            if (!weights.TryGetValue(place, out var held))
            {
                weights[place] = held = [];
            }

            held.Add((oneOutput ? 0 : (int)ids[i], values[i]));
        }

        return weights;
    }

    private static int RootOf(IEnumerable<int> tree, RawNode[] nodes)
    {
        var own = tree.ToArray();
        var children = own.SelectMany(i => new[] { nodes[i].True, nodes[i].False }).ToHashSet();
        return own.Where(i => !children.Contains(i)).ToArray() is [var root] ? root : throw Unsupported("a tree has no root, or several");
    }

    /// <param name="outputs">How many there must be; -1 for as many as there are.</param>
    private static double[] Bases(TreeNodeTable table, int outputs)
    {
        var bases = table.Numbers("base_values");
        return outputs < 0 || bases.Length == outputs ? bases
            : bases.Length == 0 ? new double[outputs]
            : throw Unsupported($"it has {bases.Length} base values for {outputs} outputs");
    }

    private static PostTransform Transform(TreeNodeTable table) => table.Text("post_transform", "NONE") switch
    {
        "NONE" => PostTransform.None,
        "LOGISTIC" => PostTransform.Logistic,
        "SOFTMAX" => PostTransform.Softmax,
        "SOFTMAX_ZERO" => PostTransform.SoftmaxZero,
        var other => throw Unsupported($"its post_transform is {other}"),
    };

    private static SplitMode ModeOf(string mode) => mode switch
    {
        "BRANCH_LEQ" => SplitMode.LessOrEqual,
        "BRANCH_LT" => SplitMode.Less,
        "BRANCH_GTE" => SplitMode.GreaterOrEqual,
        "BRANCH_GT" => SplitMode.Greater,
        "BRANCH_EQ" => SplitMode.Equal,
        "BRANCH_NEQ" => SplitMode.NotEqual,
        _ => throw Unsupported($"a node is {mode}"),
    };

    internal static ProblemException Unsupported(string what) => new(new Problem(ProblemCode.Unsupported, $"The trees cannot be read: {what}"));
}
