using Slipway.Serving.Explanations.Domain;

namespace Slipway.Serving.Tests.Explanations;

/// <summary>Shapley values by their definition, over all orders of arrival, from any value of a coalition. Shares no code with what it checks.</summary>
internal static class BruteForce
{
    /// <param name="value">Of the players that are present.</param>
    public static double[] Shapley(int players, Func<HashSet<int>, double> value)
    {
        var (sums, orders) = (new double[players], 0);
        foreach (var order in Orders([.. Enumerable.Range(0, players)]))
        {
            var present = new HashSet<int>();
            var before = value(present);
            foreach (var player in order)
            {
                present.Add(player);
                var after = value(present);
                sums[player] += after - before;
                before = after;
            }

            orders++;
        }

        return [.. sums.Select(s => s / orders)];
    }

    /// <summary>The mean of a tree's leaves when only some players are known, each other decision taken both ways by the counts of its children.</summary>
    public static double ByCovers(TreeEnsemble ensemble, double[] row, int output, HashSet<int> present, int[]? playerOf = null)
    {
        return ensemble.BaseValues[output] + (ensemble.Scale * ensemble.Roots.Sum(Mean));

        double Mean(int place)
        {
            var node = ensemble.Nodes[place];
            if (node.IsLeaf)
            {
                return node.Weights.Where(w => w.Output == output).Sum(w => w.Value);
            }

            if (present.Contains(playerOf?[node.Column] ?? node.Column))
            {
                return Mean(node.GoesTrue(row[node.Column]) ? node.True : node.False);
            }

            var (yes, no) = (ensemble.Covers![node.True], ensemble.Covers[node.False]);
            return yes + no == 0 ? (Mean(node.True) + Mean(node.False)) / 2 : ((yes * Mean(node.True)) + (no * Mean(node.False))) / (yes + no);
        }
    }

    /// <summary>The mean over the background of the row with the absent players' values from there.</summary>
    public static double ByRows(Func<double[], double> model, double[] row, IReadOnlyList<double[]> background, HashSet<int> present, int[]? playerOf = null) =>
        background.Average(other => model([.. row.Select((v, c) => present.Contains(playerOf?[c] ?? c) ? v : other[c])]));

    private static IEnumerable<int[]> Orders(int[] items)
    {
        if (items.Length <= 1)
        {
            yield return items;
            yield break;
        }

        for (var i = 0; i < items.Length; i++)
        {
            foreach (var rest in Orders([.. items[..i], .. items[(i + 1)..]]))
            {
                yield return [items[i], .. rest];
            }
        }
    }
}
