using Slipway.Serving.Explanations.Trees.Proto;

namespace Slipway.Serving.Explanations.Trees;

/// <summary>
/// Which column of the model's inputs each column of the trees' input comes from. Encoding, imputing and scaling work column by column, so the trees can be
/// explained in terms of what the caller sent; a step that mixes columns ends that.
/// </summary>
internal static class ColumnOrigins
{
    /// <summary>One column in, the same column out, whatever constants take part.</summary>
    private static readonly HashSet<string> ByColumn = new(StringComparer.Ordinal)
    {
        "Cast", "Identity", "IsNaN", "IsInf", "Not", "Neg", "Abs", "Exp", "Log", "Sqrt", "Floor", "Ceil", "Round", "Sign", "Clip", "Relu", "Sigmoid", "Tanh",
        "LabelEncoder", "Scaler", "Imputer", "Binarizer", "Add", "Sub", "Mul", "Div", "Pow", "Where", "Equal", "Less", "LessOrEqual", "Greater",
        "GreaterOrEqual", "And", "Or", "Min", "Max", "Mod",
    };

    /// <param name="widths">Columns per input of the model; the columns are numbered through in the order of the inputs.</param>
    /// <returns>For each column of the trees' input its column among the inputs; null when a step mixes columns or is not known.</returns>
    public static int[]? Of(TreeGraph trees, IReadOnlyList<(string Input, int Width)> widths)
    {
        var origins = new Dictionary<string, int[]?>(StringComparer.Ordinal);
        var next = 0;
        foreach (var (input, width) in widths)
        {
            origins[input] = [.. Enumerable.Range(next, width)];
            next += width;
        }

        foreach (var weight in trees.Graph.Initializer)
        {
            // Columns of a constant: they belong to nobody.
            origins.TryAdd(weight.Name, Nobody(weight.Dims.Count == 0 ? 1 : (int)Math.Min(weight.Dims[^1], 1 << 20)));
        }

        // Nodes stand in an order in which every one comes after what it needs.
        foreach (var node in trees.Graph.Node)
        {
            if (origins.ContainsKey(trees.Input))
            {
                break;
            }

            var made = node.OpType == "Constant" ? Nobody(1) : Through(node, origins);
            foreach (var name in node.Output)
            {
                origins[name] = made;
            }
        }

        return origins.GetValueOrDefault(trees.Input) is { } found && Array.TrueForAll(found, column => column >= 0) ? found : null;
    }

    private static int[]? Through(NodeProto node, Dictionary<string, int[]?> origins)
    {
        var inputs = new List<int[]>();
        foreach (var name in node.Input.Where(n => n.Length > 0))
        {
            if (origins.GetValueOrDefault(name) is not { } known)
            {
                return null;
            }

            inputs.Add(known);
        }

        if (inputs.Count == 0)
        {
            return null;
        }

        if (node.OpType is "Concat" or "FeatureVectorizer")
        {
            var axis = node.Attribute.FirstOrDefault(a => a.Name == "axis")?.I ?? 1;
            return axis is 1 or -1 ? [.. inputs.SelectMany(i => i)] : null;
        }

        return ByColumn.Contains(node.OpType) ? Aligned(inputs) : null;
    }

    /// <summary>Column by column, one column wide parts repeated; null when a column would come from two.</summary>
    private static int[]? Aligned(List<int[]> inputs)
    {
        var width = inputs.Max(i => i.Length);
        var aligned = Nobody(width);
        foreach (var input in inputs)
        {
            if (input.Length != width && input.Length != 1)
            {
                return null;
            }

            for (var column = 0; column < width; column++)
            {
                var origin = input[input.Length == 1 ? 0 : column];
                if (origin < 0 || origin == aligned[column])
                {
                    continue;
                }

                if (aligned[column] >= 0)
                {
                    return null;
                }

                aligned[column] = origin;
            }
        }

        return aligned;
    }

    private static int[] Nobody(int width)
    {
        var columns = new int[width];
        Array.Fill(columns, -1);
        return columns;
    }
}
