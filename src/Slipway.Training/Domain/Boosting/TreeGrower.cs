namespace Slipway.Training.Domain.Boosting;

/// <summary>
/// Grows one regression tree after another on the same binned rows, always splitting the leaf whose split gains most. Of two siblings only
/// the smaller is counted; the other's sums are its parent's less those. One grower serves one training and is not shared between threads.
/// </summary>
internal sealed class TreeGrower
{
    private readonly BinnedRows _rows;
    private readonly BoostingParameters _parameters;
    private readonly Workers _workers;
    private readonly RowPartition _partition;
    private readonly SplitFinder _finder;
    private readonly int _stride;
    private readonly float[] _ordered;
    private readonly Stack<double[]> _spareHistograms = [];
    private readonly Split[] _smallSplits;
    private readonly Split[] _largeSplits;
    private readonly PriorityQueue<Node, (double, int)> _splittable = new();
    private readonly List<TreeNode> _nodes = [];
    private readonly List<(int Start, int Count, double Value)> _leaves = [];

    public TreeGrower(BinnedRows rows, int[] trainingRows, BoostingParameters parameters, bool constantHessian, Workers workers)
    {
        (_rows, _parameters, _workers) = (rows, parameters, workers);
        _partition = new RowPartition(trainingRows);
        _stride = constantHessian ? 2 : 4;
        _finder = new SplitFinder(parameters.MinSamplesLeaf, parameters.L2, _stride);
        _ordered = new float[constantHessian ? trainingRows.Length : trainingRows.Length * 2];
        _smallSplits = new Split[rows.Features.Length];
        _largeSplits = new Split[rows.Features.Length];
    }

    private sealed record Node(int Id, int Start, int Count, int Depth, NodeSums Sums)
    {
        public double[]? Histogram { get; set; }

        public Split Best { get; set; }
    }

    /// <summary>Grows a tree that fits <paramref name="gradients"/> and adds its values to <paramref name="raw"/> for the training rows.</summary>
    public Tree Grow(Gradients gradients, double[] raw)
    {
        _partition.Reset();
        _nodes.Clear();
        _leaves.Clear();
        _nodes.Add(default);
        var root = new Node(0, 0, _partition.Count, 0, gradients.Sum(_partition.Range(0, _partition.Count)));
        if (MaySplit(root))
        {
            root.Histogram = RentHistogram();
            Count(root, null, gradients);
        }

        Offer(root);
        // Every entry is a leaf that could be split; together with the finished leaves they make the present leaves of the tree.
        Span<byte> leftTable = stackalloc byte[Histograms.Bins];
        while (_splittable.TryDequeue(out var node, out _))
        {
            if (_leaves.Count + _splittable.Count + 2 > _parameters.MaxLeafNodes)
            {
                Finish(node);
                continue;
            }

            SplitNode(node, gradients, leftTable);
        }

        foreach (var (start, count, value) in _leaves)
        {
            foreach (var row in _partition.Range(start, count))
            {
                raw[row] += value;
            }
        }

        return new Tree([.. _nodes]);
    }

    private void SplitNode(Node node, Gradients gradients, Span<byte> leftTable)
    {
        var split = node.Best;
        split.FillLeftTable(leftTable);
        var leftCount = _partition.Split(node.Start, node.Count, _rows.Columns[split.Feature], leftTable);
        var left = new Node(_nodes.Count, node.Start, leftCount, node.Depth + 1, split.LeftSums);
        var right = new Node(_nodes.Count + 1, node.Start + leftCount, node.Count - leftCount, node.Depth + 1, node.Sums - split.LeftSums);
        _nodes.Add(default);
        _nodes.Add(default);
        _nodes[node.Id] = new TreeNode
        {
            Feature = split.Feature,
            Rows = node.Count,
            IsCategory = split.IsCategory,
            Threshold = split.IsCategory ? 0 : ThresholdOf(split),
            MissingLeft = split.MissingLeft,
            LeftCodes = split.LeftCodes,
            Left = left.Id,
            Right = right.Id,
        };

        var full = _leaves.Count + _splittable.Count + 2 >= _parameters.MaxLeafNodes;
        var (small, large) = left.Count <= right.Count ? (left, right) : (right, left);
        if (!full && (MaySplit(small) || MaySplit(large)))
        {
            small.Histogram = RentHistogram();
            large.Histogram = node.Histogram;
            node.Histogram = null;
            Count(small, large, gradients);
        }
        else
        {
            Return(node);
        }

        Offer(left);
        Offer(right);
    }

    // A number's split after its last bin parts missing from everything else; infinity is then the limit that no number passes.
    private double ThresholdOf(Split split)
    {
        var thresholds = _rows.Features[split.Feature].Thresholds;
        return split.LastLeftBin <= thresholds.Length ? thresholds[split.LastLeftBin - 1] : double.PositiveInfinity;
    }

    private bool MaySplit(Node node) =>
        node.Count >= 2 * _parameters.MinSamplesLeaf && (_parameters.MaxDepth == 0 || node.Depth < _parameters.MaxDepth);

    /// <summary>Counts <paramref name="small"/>, derives its sibling (whose histogram is still the parent's) and finds the best split of both.</summary>
    private void Count(Node small, Node? large, Gradients gradients)
    {
        var rows = _partition.Range(small.Start, small.Count);
        gradients.Gather(rows, _ordered.AsSpan(0, gradients.ConstantHessian ? rows.Length : rows.Length * 2));
        var features = _rows.Features.Length;
        // Counting a row costs about 1 ns, searching up to 255 bins of both children 8 ns each.
        _workers.ForEach(features, (long)features * (small.Count + (16L * _parameters.MaxBins)), f =>
        {
            var bins = _rows.Features[f];
            var counted = Histograms.Of(small.Histogram!, f, _stride);
            var range = _partition.Range(small.Start, small.Count);
            if (_stride == 2)
            {
                Histograms.BuildConstant(counted, _rows.Columns[f], range, _ordered);
            }
            else
            {
                Histograms.BuildWeighted(counted, _rows.Columns[f], range, _ordered);
            }

            _smallSplits[f] = MaySplit(small) ? _finder.Find(counted, bins, f, small.Sums) : default;
            if (large is not null)
            {
                var derived = Histograms.Of(large.Histogram!, f, _stride);
                Histograms.Subtract(derived, counted, bins.Count * _stride);
                _largeSplits[f] = MaySplit(large) ? _finder.Find(derived, bins, f, large.Sums) : default;
            }
        });
        small.Best = Best(_smallSplits);
        if (large is not null)
        {
            large.Best = Best(_largeSplits);
        }
    }

    private static Split Best(Split[] splits)
    {
        var best = splits[0];
        foreach (var split in splits)
        {
            best = split.Gain > best.Gain ? split : best;
        }

        return best;
    }

    private void Offer(Node node)
    {
        if (node.Best.Gain > 0)
        {
            _splittable.Enqueue(node, (-node.Best.Gain, node.Id));
        }
        else
        {
            Finish(node);
        }
    }

    private void Finish(Node node)
    {
        Return(node);
        var value = -_parameters.LearningRate * node.Sums.Gradient / (node.Sums.Hessian + _parameters.L2 + 1e-15);
        _nodes[node.Id] = TreeNode.Leaf(value, node.Count);
        _leaves.Add((node.Start, node.Count, value));
    }

    private double[] RentHistogram() =>
        _spareHistograms.TryPop(out var spare) ? spare : new double[_rows.Features.Length * Histograms.Bins * _stride];

    private void Return(Node node)
    {
        if (node.Histogram is { } histogram)
        {
            _spareHistograms.Push(histogram);
            node.Histogram = null;
        }
    }
}
