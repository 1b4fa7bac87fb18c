using Slipway.Training.Domain.Boosting;
using static Slipway.Training.Export.OnnxGraph;

namespace Slipway.Training.Export;

/// <summary>The parallel lists in which ONNX holds the nodes of all trees.</summary>
internal sealed class NodeTable
{
    private const string LessOrEqual = "BRANCH_LEQ";
    private const string Equal = "BRANCH_EQ";
    private const string LeafMode = "LEAF";

    private readonly List<long> _treeIds = [];
    private readonly List<long> _nodeIds = [];
    private readonly List<long> _features = [];
    private readonly List<string> _modes = [];
    private readonly List<double> _values = [];
    private readonly List<long> _trueIds = [];
    private readonly List<long> _falseIds = [];
    private readonly List<long> _missingTrue = [];
    private readonly List<float> _rows = [];
    private readonly List<long> _leafTrees = [];
    private readonly List<long> _leafNodes = [];
    private readonly List<long> _leafTargets = [];
    private readonly List<double> _leafValues = [];
    private int _trees;

    public void AddTree(Tree tree, int output)
    {
        // Our nodes keep their numbers; what a subset of categories needs beyond one node is numbered after them.
        var next = tree.Nodes.Length;
        for (var id = 0; id < tree.Nodes.Length; id++)
        {
            var node = tree.Nodes[id];
            if (node.Feature < 0)
            {
                Add(id, 0, LeafMode, 0, 0, 0, false, node.Rows);
                _leafTrees.Add(_trees);
                _leafNodes.Add(id);
                _leafTargets.Add(output);
                _leafValues.Add(node.Value);
            }
            else if (node.IsCategory)
            {
                next = AddSubset(id, node, next);
            }
            else
            {
                Add(id, node.Feature, LessOrEqual, node.Threshold, node.Left, node.Right, node.MissingLeft, node.Rows);
            }
        }

        _trees++;
    }

    public Proto.AttributeProto[] Attributes() =>
    [
        Ints("nodes_treeids", _treeIds),
        Ints("nodes_nodeids", _nodeIds),
        Ints("nodes_featureids", _features),
        Texts("nodes_modes", _modes),
        Doubles("nodes_values_as_tensor", _values),
        Ints("nodes_truenodeids", _trueIds),
        Ints("nodes_falsenodeids", _falseIds),
        Ints("nodes_missing_value_tracks_true", _missingTrue),
        // How often each node was passed in training: what an absent feature means when a prediction is explained.
        Floats("nodes_hitrates", _rows),
        Ints("target_treeids", _leafTrees),
        Ints("target_nodeids", _leafNodes),
        Ints("target_ids", _leafTargets),
        Doubles("target_weights_as_tensor", _leafValues),
    ];

    // One "equals" node per listed code, each true branch leading to the same left child. ONNX Runtime folds such a chain into one
    // set membership test; the newer BRANCH_MEMBER (ai.onnx.ml 5) would say it directly, but fewer runtimes know it.
    private int AddSubset(int id, TreeNode node, int next)
    {
        var codes = Enumerable.Range(0, Histograms.Bins).Where(node.LeftCodes.Contains).ToArray();
        for (var i = 0; i < codes.Length; i++)
        {
            var otherwise = i == codes.Length - 1 ? node.Right : next;
            Add(i == 0 ? id : next - 1, node.Feature, Equal, codes[i], node.Left, otherwise, false, node.Rows);
            next += i == codes.Length - 1 ? 0 : 1;
        }

        return next;
    }

    private void Add(int id, int feature, string mode, double value, int whenTrue, int whenFalse, bool missingTrue, int rows)
    {
        _treeIds.Add(_trees);
        _nodeIds.Add(id);
        _features.Add(feature);
        _modes.Add(mode);
        _values.Add(value);
        _trueIds.Add(whenTrue);
        _falseIds.Add(whenFalse);
        _missingTrue.Add(missingTrue ? 1 : 0);
        _rows.Add(rows);
    }
}
