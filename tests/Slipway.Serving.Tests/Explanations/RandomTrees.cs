using Slipway.Serving.Explanations.Domain;

namespace Slipway.Serving.Tests.Explanations;

/// <summary>Trees of every kind of decision, with made-up counts of training rows, the same for the same seed.</summary>
internal static class RandomTrees
{
    public static TreeEnsemble Make(int seed, int columns, int trees, int depth, int outputs = 1, double scale = 1)
    {
        var random = new Random(seed);
        var (nodes, covers, roots) = (new List<TreeNode>(), new List<double>(), new List<int>());
        for (var t = 0; t < trees; t++)
        {
            roots.Add(Grow(depth, 1000));
        }

        return new TreeEnsemble([.. nodes], [.. roots], [.. Enumerable.Range(0, outputs).Select(k => 0.25 * (k + 1))], scale, [.. covers]);

        int Grow(int left, double cover)
        {
            var place = nodes.Count;
            nodes.Add(TreeNode.Leaf());
            covers.Add(cover);
            if (left == 0 || random.NextDouble() < 0.15)
            {
                nodes[place] = TreeNode.Leaf([.. Enumerable.Range(0, outputs).Where(_ => outputs == 1 || random.NextDouble() < 0.8).Select(k => (k, random.NextDouble() - 0.5))]);
                return place;
            }

            var yes = Grow(left - 1, Math.Round(cover * random.NextDouble()));
            var no = Grow(left - 1, cover - covers[yes]);
            var (mode, column, value) = ((SplitMode)random.Next(1, 8), random.Next(columns), (double)random.Next(-2, 3));
            nodes[place] = new TreeNode(mode, column, value, random.Next(2) == 0, yes, no, mode == SplitMode.Member ? [value, value + 2] : null, []);
            return place;
        }
    }

    /// <summary>Small whole numbers, so that equality holds often, and some missing.</summary>
    public static double[] Row(Random random, int columns) =>
        [.. Enumerable.Range(0, columns).Select(_ => random.NextDouble() < 0.1 ? double.NaN : random.Next(-3, 4))];
}
