namespace Slipway.Serving.Explanations.Domain;

/// <summary>
/// An ensemble laid out leaf by leaf for <see cref="PathDependentShapley"/>: for every leaf and every player on the way to it, which decisions of the tree
/// must have gone which way (as bits), and which share of the training rows goes that way (the player's zero fraction).
/// </summary>
internal sealed class TreePaths
{
    /// <summary>Some 200 MB; a forest beyond that is explained against background rows, which needs no such table.</summary>
    public const int MostElements = 4_000_000;

    private readonly Leaf[] _leaves;
    private readonly int[] _players;
    private readonly double[] _zeros;
    private readonly int[] _checkEnds;
    private readonly Check[] _checks;

    private TreePaths(TreeEnsemble ensemble, Layout layout)
    {
        (Ensemble, Trees, BaseValues) = (ensemble, [.. layout.Trees], layout.BaseValues);
        (_leaves, _players, _zeros) = ([.. layout.Leaves], [.. layout.Players], [.. layout.Zeros]);
        (_checkEnds, _checks) = ([.. layout.CheckEnds], [.. layout.Checks]);
    }

    /// <param name="Decisions">Places of the tree's deciding nodes; bit i of a row's decisions is Decisions[i].</param>
    public readonly record struct Tree(int[] Decisions, int FirstLeaf, int LeafEnd);

    public readonly record struct Leaf(int FirstElement, int ElementEnd, (int Output, double Value)[] Weights);

    /// <summary>Word of the decision bits, which bits of it matter, and how they must be.</summary>
    public readonly record struct Check(int Word, ulong Mask, ulong Wanted);

    public TreeEnsemble Ensemble { get; }

    public Tree[] Trees { get; }

    public int Leaves => _leaves.Length;

    /// <summary>The value of each output when nothing is known of a row: the mean over the training rows, as the covers see it.</summary>
    public double[] BaseValues { get; }

    /// <param name="playerOf">The player that each column belongs to.</param>
    /// <param name="covers">Rows that pass each node.</param>
    /// <returns>Null when the paths would take more than <see cref="MostElements"/>.</returns>
    public static TreePaths? Compile(TreeEnsemble ensemble, IReadOnlyList<int> playerOf, double[] covers)
    {
        var layout = new Layout(ensemble, playerOf, covers);
        return ensemble.Roots.All(layout.AddTree) ? new TreePaths(ensemble, layout) : null;
    }

    public Leaf LeafAt(int leaf) => _leaves[leaf];

    public int PlayerAt(int element) => _players[element];

    public double ZeroAt(int element) => _zeros[element];

    /// <summary>Whether a row whose decisions are <paramref name="decisions"/> goes this player's way to the leaf.</summary>
    public bool IsMet(int element, ReadOnlySpan<ulong> decisions)
    {
        var first = element == 0 ? 0 : _checkEnds[element - 1];
        for (var i = first; i < _checkEnds[element]; i++)
        {
            var check = _checks[i];
            if (((decisions[check.Word] ^ check.Wanted) & check.Mask) != 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The decisions of one tree on a row, as bits.</summary>
    public void Decide(in Tree tree, ReadOnlySpan<double> row, Span<ulong> decisions)
    {
        decisions.Clear();
        var nodes = Ensemble.Nodes;
        for (var i = 0; i < tree.Decisions.Length; i++)
        {
            var node = nodes[tree.Decisions[i]];
            if (node.GoesTrue(row[node.Column]))
            {
                decisions[i >> 6] |= 1UL << (i & 63);
            }
        }
    }

    /// <summary>The layout while it is being made.</summary>
    private sealed class Layout(TreeEnsemble ensemble, IReadOnlyList<int> playerOf, double[] covers)
    {
        private readonly List<(int Bit, bool Yes, int Player, double Share)> _way = [];
        private List<int> _decisions = [];

        public List<Tree> Trees { get; } = [];

        public List<Leaf> Leaves { get; } = [];

        public List<int> Players { get; } = [];

        public List<double> Zeros { get; } = [];

        public List<int> CheckEnds { get; } = [];

        public List<Check> Checks { get; } = [];

        public double[] BaseValues { get; } = [.. ensemble.BaseValues];

        /// <summary>False when there is too much of it.</summary>
        public bool AddTree(int root)
        {
            var firstLeaf = Leaves.Count;
            _decisions = [];
            if (!Walk(root))
            {
                return false;
            }

            Trees.Add(new Tree([.. _decisions], firstLeaf, Leaves.Count));
            return true;
        }

        private bool Walk(int place)
        {
            var node = ensemble.Nodes[place];
            if (node.IsLeaf)
            {
                AddLeaf(node);
                return Players.Count <= MostElements;
            }

            var bit = _decisions.Count;
            _decisions.Add(place);
            var (whenTrue, whenFalse) = (covers[node.True], covers[node.False]);
            var share = whenTrue + whenFalse > 0 ? whenTrue / (whenTrue + whenFalse) : 0.5;
            _way.Add((bit, true, playerOf[node.Column], share));
            var fits = Walk(node.True);
            _way[^1] = (bit, false, playerOf[node.Column], 1 - share);
            fits = fits && Walk(node.False);
            _way.RemoveAt(_way.Count - 1);
            return fits;
        }

        private void AddLeaf(TreeNode leaf)
        {
            var first = Players.Count;
            var reach = 1.0;
            foreach (var player in _way.Select(w => w.Player).Distinct())
            {
                var zero = 1.0;
                foreach (var words in _way.Where(w => w.Player == player).GroupBy(w => w.Bit >> 6))
                {
                    var (mask, wanted) = (0UL, 0UL);
                    foreach (var step in words)
                    {
                        mask |= 1UL << (step.Bit & 63);
                        wanted |= step.Yes ? 1UL << (step.Bit & 63) : 0;
                        zero *= step.Share;
                    }

                    Checks.Add(new Check(words.Key, mask, wanted));
                }

                reach *= zero;
                Players.Add(player);
                Zeros.Add(zero);
                CheckEnds.Add(Checks.Count);
            }

            Leaves.Add(new Leaf(first, Players.Count, leaf.Weights));
            foreach (var (output, value) in leaf.Weights)
            {
                BaseValues[output] += ensemble.Scale * value * reach;
            }
        }
    }
}
