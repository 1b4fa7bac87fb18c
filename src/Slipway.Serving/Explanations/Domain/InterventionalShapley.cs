namespace Slipway.Serving.Explanations.Domain;

/// <summary>
/// Exact Shapley values of trees where an absent player takes its value from a background row, averaged over the rows. For one row and one background row,
/// only leaves matter that some mixture of both reaches; each is reached by exactly the coalitions that hold the players X and not the players B, whose
/// Shapley values are! B! / (X+B)! for each of X and -X! (B-1)! / (X+B)! for each of B.
/// </summary>
internal sealed class InterventionalShapley
{
    private readonly TreeEnsemble _ensemble;
    private readonly IReadOnlyList<int> _playerOf;
    private readonly IReadOnlyList<double[]> _background;
    private readonly int _players;

    public InterventionalShapley(TreeEnsemble ensemble, IReadOnlyList<int> playerOf, int players, IReadOnlyList<double[]> background)
    {
        (_ensemble, _playerOf, _players, _background) = (ensemble, playerOf, players, background);
        BaseValues = new double[ensemble.Outputs];
        var margin = new double[ensemble.Outputs];
        foreach (var row in background)
        {
            ensemble.Margin(row, margin);
            for (var k = 0; k < margin.Length; k++)
            {
                BaseValues[k] += margin[k] / background.Count;
            }
        }
    }

    /// <summary>The mean of each output over the background.</summary>
    public double[] BaseValues { get; }

    /// <summary>Adds a row's contributions to <paramref name="contributions"/>, outputs x players.</summary>
    public void Explain(double[] row, double[] contributions, CancellationToken cancellation)
    {
        foreach (var other in _background)
        {
            cancellation.ThrowIfCancellationRequested();
            var walk = new Walk(this, row, other, contributions);
            foreach (var root in _ensemble.Roots)
            {
                walk.Visit(root);
            }
        }
    }

    /// <summary>The trees under one row and one background row.</summary>
    private sealed class Walk(InterventionalShapley owner, double[] row, double[] other, double[] contributions)
    {
        private const byte FromRow = 1;
        private const byte FromOther = 2;

        private readonly byte[] _side = new byte[owner._players];
        private readonly List<int> _fromRow = [];
        private readonly List<int> _fromOther = [];

        public void Visit(int place)
        {
            var node = owner._ensemble.Nodes[place];
            if (node.IsLeaf)
            {
                AddLeaf(node);
                return;
            }

            var player = owner._playerOf[node.Column];
            var (own, others) = (node.GoesTrue(row[node.Column]), node.GoesTrue(other[node.Column]));
            if (own == others)
            {
                Visit(own ? node.True : node.False);
                return;
            }

            if (_side[player] != FromOther)
            {
                Follow(player, FromRow, own ? node.True : node.False, _fromRow);
            }

            if (_side[player] != FromRow)
            {
                Follow(player, FromOther, others ? node.True : node.False, _fromOther);
            }
        }

        private void Follow(int player, byte side, int child, List<int> list)
        {
            if (_side[player] == side)
            {
                Visit(child);
                return;
            }

            _side[player] = side;
            list.Add(player);
            Visit(child);
            list.RemoveAt(list.Count - 1);
            _side[player] = 0;
        }

        private void AddLeaf(TreeNode leaf)
        {
            var (x, b) = (_fromRow.Count, _fromOther.Count);
            if (x + b == 0)
            {
                return;
            }

            var scale = owner._ensemble.Scale / owner._background.Count;
            var present = x == 0 ? 0 : scale * OneOf(x, b);
            var absent = b == 0 ? 0 : scale * OneOf(b, x);
            foreach (var (output, value) in leaf.Weights)
            {
                var at = output * owner._players;
                foreach (var player in _fromRow)
                {
                    contributions[at + player] += value * present;
                }

                foreach (var player in _fromOther)
                {
                    contributions[at + player] -= value * absent;
                }
            }
        }

        /// <summary>(a - 1)! b! / (a + b)! without the factorials, which leave a double's range.</summary>
        private static double OneOf(int a, int b)
        {
            var share = 1.0 / (a + b);
            for (var i = 1; i <= b; i++)
            {
                share *= (double)i / (a - 1 + i);
            }

            return share;
        }
    }
}
