namespace Slipway.Serving.Explanations.Domain;

/// <summary>
/// Exact Shapley values of trees where an absent player means: both ways, by the share of the training rows that went each way (what "tree path
/// dependent" means elsewhere).
/// <para>
/// A leaf's value counts with the product over its players of either "the row goes there" (0 or 1, present) or "so many rows go there" (absent). The Shapley
/// value of a product game is the integral over t from 0 to 1 of the other players' mixture (1 - t) absent + t present, a polynomial in t; Gauss-Legendre
/// quadrature integrates it exactly, with positive terms only, so nothing cancels. For leaves of few players the result for each of the 2^d ways in which
/// a row may agree with the path is worked out once.
/// </para>
/// </summary>
internal sealed class PathDependentShapley
{
    /// <summary>Leaves with more players are integrated for every row.</summary>
    private const int MostTabled = 10;

    /// <summary>32 MB of tables per model.</summary>
    private const int MostTableEntries = 4_000_000;

    private readonly TreePaths _paths;
    private readonly int _words;
    private readonly int _widest;

    /// <summary>Where a leaf's table begins; -1 when it has none.</summary>
    private readonly int[] _tableAt;
    private readonly double[] _tables;

    public PathDependentShapley(TreePaths paths)
    {
        _paths = paths;
        _words = paths.Trees.Select(t => (t.Decisions.Length + 63) / 64).Append(1).Max();
        _tableAt = new int[paths.Leaves];
        var entries = 0;
        foreach (var leaf in Enumerable.Range(0, paths.Leaves).OrderBy(Width))
        {
            var width = Width(leaf);
            _widest = Math.Max(_widest, width);
            var size = width is > 0 and <= MostTabled ? width << width : 0;
            _tableAt[leaf] = size == 0 || entries + size > MostTableEntries ? -1 : entries;
            entries += _tableAt[leaf] < 0 ? 0 : size;
        }

        _tables = new double[entries];
        Span<bool> met = stackalloc bool[MostTabled];
        for (var leaf = 0; leaf < paths.Leaves; leaf++)
        {
            if (_tableAt[leaf] < 0)
            {
                continue;
            }

            var (first, width) = (paths.LeafAt(leaf).FirstElement, Width(leaf));
            for (var pattern = 0; pattern < 1 << width; pattern++)
            {
                for (var i = 0; i < width; i++)
                {
                    met[i] = (pattern >> i & 1) != 0;
                }

                Integrate(first, met[..width], _tables.AsSpan(_tableAt[leaf] + (pattern * width), width));
            }
        }
    }

    public double[] BaseValues => _paths.BaseValues;

    private int Width(int leaf) => _paths.LeafAt(leaf) is var (first, end, _) ? end - first : 0;

    /// <summary>Adds a row's contributions to <paramref name="contributions"/>, outputs x players.</summary>
    public void Explain(ReadOnlySpan<double> row, Span<double> contributions, int players)
    {
        Span<ulong> decisions = _words <= 16 ? stackalloc ulong[16] : new ulong[_words];
        Span<bool> met = _widest <= 64 ? stackalloc bool[64] : new bool[_widest];
        Span<double> shares = _widest <= 64 ? stackalloc double[64] : new double[_widest];
        foreach (var tree in _paths.Trees)
        {
            _paths.Decide(tree, row, decisions);
            for (var leaf = tree.FirstLeaf; leaf < tree.LeafEnd; leaf++)
            {
                AddLeaf(leaf, decisions, met, shares, contributions, players);
            }
        }
    }

    private void AddLeaf(int leaf, ReadOnlySpan<ulong> decisions, Span<bool> met, Span<double> shares, Span<double> contributions, int players)
    {
        var (first, end, weights) = _paths.LeafAt(leaf);
        var width = end - first;
        if (width == 0)
        {
            return;
        }

        ReadOnlySpan<double> found;
        if (_tableAt[leaf] >= 0)
        {
            var pattern = 0;
            for (var i = 0; i < width; i++)
            {
                pattern |= _paths.IsMet(first + i, decisions) ? 1 << i : 0;
            }

            found = _tables.AsSpan(_tableAt[leaf] + (pattern * width), width);
        }
        else
        {
            for (var i = 0; i < width; i++)
            {
                met[i] = _paths.IsMet(first + i, decisions);
            }

            Integrate(first, met[..width], shares[..width]);
            found = shares;
        }

        foreach (var (output, value) in weights)
        {
            var scaled = value * _paths.Ensemble.Scale;
            for (var i = 0; i < width; i++)
            {
                contributions[(output * players) + _paths.PlayerAt(first + i)] += scaled * found[i];
            }
        }
    }

    /// <summary>Each player's share of a leaf of value 1.</summary>
    private void Integrate(int first, ReadOnlySpan<bool> met, Span<double> shares)
    {
        var width = met.Length;
        shares.Clear();
        Span<double> factors = width <= 64 ? stackalloc double[64] : new double[width];
        Span<double> behind = width <= 64 ? stackalloc double[64] : new double[width];

        // The product of the others has degree width - 1.
        var (points, weights) = GaussLegendre.Rule(Math.Clamp((width + 1) / 2, 1, GaussLegendre.MostPoints));
        for (var q = 0; q < points.Length; q++)
        {
            // The product of all but one without a division, which a factor of 0 forbids: what stands before it, times what stands behind it.
            var (t, product) = (points[q], 1.0);
            for (var i = width - 1; i >= 0; i--)
            {
                behind[i] = product;
                factors[i] = ((1 - t) * _paths.ZeroAt(first + i)) + (met[i] ? t : 0);
                product *= factors[i];
            }

            product = weights[q];
            for (var i = 0; i < width; i++)
            {
                shares[i] += product * behind[i];
                product *= factors[i];
            }
        }

        for (var i = 0; i < width; i++)
        {
            shares[i] *= (met[i] ? 1 : 0) - _paths.ZeroAt(first + i);
        }
    }
}
