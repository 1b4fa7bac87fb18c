namespace Slipway.Serving.Explanations.Domain;

/// <summary>How a node decides. A comparison with NaN is false (true for NotEqual); then the node's MissingTrue decides.</summary>
internal enum SplitMode : byte
{
    Leaf,
    LessOrEqual,
    Less,
    GreaterOrEqual,
    Greater,
    Equal,
    NotEqual,
    Member,
}

/// <summary>A node of a tree: a decision on one column, or a leaf.</summary>
/// <param name="True">Place of the child for "yes".</param>
/// <param name="False">Place of the child for "no".</param>
/// <param name="Members">The values of a Member decision.</param>
/// <param name="Weights">What a leaf adds to which output; empty for decisions.</param>
internal sealed record TreeNode(
    SplitMode Mode, int Column, double Threshold, bool MissingTrue, int True, int False, HashSet<double>? Members, (int Output, double Value)[] Weights)
{
    public static TreeNode Leaf(params (int Output, double Value)[] weights) => new(SplitMode.Leaf, 0, 0, false, -1, -1, null, weights);

    public static TreeNode Decision(SplitMode mode, int column, double threshold, int whenTrue, int whenFalse, bool missingTrue = false) =>
        new(mode, column, threshold, missingTrue, whenTrue, whenFalse, null, []);

    public bool IsLeaf => Mode == SplitMode.Leaf;

    public bool GoesTrue(double value)
    {
        var holds = Mode switch
        {
            SplitMode.LessOrEqual => value <= Threshold,
            SplitMode.Less => value < Threshold,
            SplitMode.GreaterOrEqual => value >= Threshold,
            SplitMode.Greater => value > Threshold,
            SplitMode.Equal => value == Threshold,
            SplitMode.NotEqual => value != Threshold,
            _ => Members!.Contains(value),
        };
        return holds || (MissingTrue && double.IsNaN(value));
    }
}

/// <summary>
/// Trees whose leaves are added up: output = base + scale x (sum of the leaves that a row falls into). Every node but a root has one parent.
/// </summary>
/// <param name="nodes">All nodes of all trees.</param>
/// <param name="roots">Places of the roots.</param>
/// <param name="baseValues">One per output.</param>
/// <param name="scale">1 for sums, 1 / trees for averages.</param>
/// <param name="covers">How many training rows passed each node; null when the model does not say.</param>
internal sealed class TreeEnsemble(TreeNode[] nodes, int[] roots, double[] baseValues, double scale, double[]? covers)
{
    public TreeNode[] Nodes { get; } = nodes;

    public int[] Roots { get; } = roots;

    public double[] BaseValues { get; } = baseValues;

    public double Scale { get; } = scale;

    public double[]? Covers { get; } = covers;

    public int Outputs => BaseValues.Length;

    /// <summary>The sums of the leaves of a row, before any transformation.</summary>
    public void Margin(ReadOnlySpan<double> row, Span<double> outputs)
    {
        BaseValues.CopyTo(outputs);
        foreach (var root in Roots)
        {
            var node = Nodes[root];
            while (!node.IsLeaf)
            {
                node = Nodes[node.GoesTrue(row[node.Column]) ? node.True : node.False];
            }

            foreach (var (output, value) in node.Weights)
            {
                outputs[output] += Scale * value;
            }
        }
    }

    /// <summary>How many of the rows pass each node. Where none does, the shares of its children are even (see <see cref="TreePaths"/>).</summary>
    public double[] CountCovers(IReadOnlyList<double[]> rows)
    {
        var counted = new double[Nodes.Length];
        foreach (var row in rows)
        {
            foreach (var root in Roots)
            {
                for (var place = root; ; place = Nodes[place].GoesTrue(row[Nodes[place].Column]) ? Nodes[place].True : Nodes[place].False)
                {
                    counted[place]++;
                    if (Nodes[place].IsLeaf)
                    {
                        break;
                    }
                }
            }
        }

        return counted;
    }
}
