namespace Slipway.Training.Domain.Boosting;

/// <summary>A set of bins (category codes) as 256 bits.</summary>
internal readonly record struct CodeSet(ulong A, ulong B, ulong C, ulong D)
{
    public bool Contains(int code) => (((code >> 6) switch { 0 => A, 1 => B, 2 => C, _ => D }) >> (code & 63) & 1) != 0;

    public CodeSet With(int code)
    {
        var bit = 1UL << (code & 63);
        return (code >> 6) switch
        {
            0 => this with { A = A | bit },
            1 => this with { B = B | bit },
            2 => this with { C = C | bit },
            _ => this with { D = D | bit },
        };
    }
}

/// <summary>
/// One node. A leaf has <c>Feature</c> -1. A split on numbers sends <c>x &lt;= Threshold</c> left, and missing to the learned side; a split on
/// categories sends the codes of the set left and every other one right, among them those that did not occur at the node.
/// </summary>
internal readonly record struct TreeNode
{
    public int Feature { get; init; }

    public bool IsCategory { get; init; }

    public double Threshold { get; init; }

    public bool MissingLeft { get; init; }

    public CodeSet LeftCodes { get; init; }

    public int Left { get; init; }

    public int Right { get; init; }

    /// <summary>What a leaf adds to the raw prediction, shrunk by the learning rate.</summary>
    public double Value { get; init; }

    /// <summary>How many training rows passed it, which says what is usual when a prediction is explained.</summary>
    public int Rows { get; init; }

    public static TreeNode Leaf(double value, int rows = 0) => new() { Feature = -1, Value = value, Rows = rows };

    public bool GoesLeft(float x) => IsCategory
        ? LeftCodes.Contains((int)x)
        : float.IsNaN(x) ? MissingLeft : x <= Threshold;
}

/// <summary>A regression tree over encoded features; node 0 is the root.</summary>
internal sealed class Tree(TreeNode[] nodes)
{
    public TreeNode[] Nodes { get; } = nodes;

    public double Predict(float[][] columns, int row)
    {
        ref readonly var node = ref Nodes[0];
        while (node.Feature >= 0)
        {
            node = ref Nodes[node.GoesLeft(columns[node.Feature][row]) ? node.Left : node.Right];
        }

        return node.Value;
    }
}
