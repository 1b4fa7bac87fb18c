using Slipway.Serving.Explanations.Domain;

namespace Slipway.Serving.Explanations.Trees;

/// <summary>ai.onnx.ml 5's TreeEnsemble: leaves in lists of their own, modes as numbers, sets of categories as membership tests.</summary>
internal static class UnifiedTrees
{
    public const string Operator = "TreeEnsemble";
    private const int Average = 0;
    private const int Sum = 1;
    private const int Member = 6;

    private static readonly SplitMode[] Modes =
        [SplitMode.LessOrEqual, SplitMode.Less, SplitMode.GreaterOrEqual, SplitMode.Greater, SplitMode.Equal, SplitMode.NotEqual, SplitMode.Member];

    public static ReadEnsemble Read(TreeNodeTable table)
    {
        var (columns, splits, modes) = (table.Ints("nodes_featureids"), table.Numbers("nodes_splits"), table.Numbers("nodes_modes"));
        var (yes, no, yesLeaf, noLeaf) = (table.Ints("nodes_truenodeids"), table.Ints("nodes_falsenodeids"), table.Ints("nodes_trueleafs"), table.Ints("nodes_falseleafs"));
        var (missing, roots) = (table.Ints("nodes_missing_value_tracks_true"), table.Ints("tree_roots"));
        var (targets, weights) = (table.Ints("leaf_targetids"), table.Numbers("leaf_weights"));
        var (outputs, count) = ((int)table.Int("n_targets", 1), columns.Length);
        if (count == 0 || new[] { splits.Length, modes.Length, yes.Length, no.Length, yesLeaf.Length, noLeaf.Length }.Any(l => l != count) || weights.Length != targets.Length)
        {
            throw EnsembleReader.Unsupported("the lists of its nodes differ in length");
        }

        var sets = MemberSets(table.Numbers("membership_values"));
        var raw = new RawNode[count + targets.Length];
        var nextSet = 0;
        for (var i = 0; i < count; i++)
        {
            var mode = modes[i] is >= 0 and <= Member ? Modes[(int)modes[i]] : throw EnsembleReader.Unsupported($"a node has the mode {modes[i]}");
            var members = mode != SplitMode.Member ? null : nextSet < sets.Count ? sets[nextSet++] : throw EnsembleReader.Unsupported("it has fewer sets of members than nodes that test for one");
            raw[i] = new RawNode(mode, (int)columns[i], splits[i], missing.Length == count && missing[i] == 1, Child(yes[i], yesLeaf[i]), Child(no[i], noLeaf[i]), [], members);
        }

        for (var i = 0; i < targets.Length; i++)
        {
            raw[count + i] = targets[i] >= 0 && targets[i] < outputs
                ? new RawNode(SplitMode.Leaf, 0, 0, false, -1, -1, [((int)targets[i], weights[i])])
                : throw EnsembleReader.Unsupported($"a leaf belongs to output {targets[i]} of {outputs}");
        }

        var scale = table.Int("aggregate_function", Sum) switch
        {
            Sum => 1.0,
            Average => 1.0 / Math.Max(1, roots.Length),
            _ => throw EnsembleReader.Unsupported("the trees are combined by their minimum or maximum, which is no sum"),
        };
        var transform = table.Int("post_transform", 0) switch
        {
            0 => PostTransform.None,
            1 => PostTransform.Softmax,
            2 => PostTransform.Logistic,
            3 => PostTransform.SoftmaxZero,
            _ => throw EnsembleReader.Unsupported("its post_transform is PROBIT"),
        };
        int[] starts = [.. roots.Select(r => r >= 0 && r < count ? (int)r : throw EnsembleReader.Unsupported($"root {r} is not there"))];
        return new ReadEnsemble(NodeFolding.Fold(raw, starts, null, new double[outputs], scale), outputs == 1 ? PostTransform.None : transform, [], false, 0);

        // A tree of one leaf has a node whose two children are that leaf.
        int Child(long id, long leaf) => id >= 0 && id < (leaf == 1 ? targets.Length : count)
            ? (int)id + (leaf == 1 ? count : 0)
            : throw EnsembleReader.Unsupported($"a node points to {id}, which is not there");
    }

    /// <summary>The sets stand one after another, each ended by NaN.</summary>
    private static List<HashSet<double>> MemberSets(double[] values)
    {
        var sets = new List<HashSet<double>>();
        var open = new HashSet<double>();
        foreach (var value in values)
        {
            if (!double.IsNaN(value))
            {
                open.Add(value);
                continue;
            }

            sets.Add(open);
            open = [];
        }

        if (open.Count > 0)
        {
            sets.Add(open);
        }

        return sets;
    }
}
