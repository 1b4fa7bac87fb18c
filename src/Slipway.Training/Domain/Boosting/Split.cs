namespace Slipway.Training.Domain.Boosting;

/// <summary>Sums over the rows of a node.</summary>
internal readonly record struct NodeSums(double Gradient, double Hessian, int Count)
{
    public static NodeSums operator -(NodeSums a, NodeSums b) => new(a.Gradient - b.Gradient, a.Hessian - b.Hessian, a.Count - b.Count);

    public static NodeSums operator +(NodeSums a, NodeSums b) => new(a.Gradient + b.Gradient, a.Hessian + b.Hessian, a.Count + b.Count);

    /// <summary>By how much the best constant for these rows lowers the loss, times two.</summary>
    public double Worth(double l2) => Gradient * Gradient / (Hessian + l2 + 1e-15);
}

/// <summary>The best split found for a node; <c>Gain</c> 0 means that there is none.</summary>
internal readonly record struct Split
{
    public double Gain { get; init; }

    public int Feature { get; init; }

    public bool IsCategory { get; init; }

    /// <summary>Numbers: bins 1 to this one go left.</summary>
    public int LastLeftBin { get; init; }

    /// <summary>Numbers: whether bin 0 goes left.</summary>
    public bool MissingLeft { get; init; }

    /// <summary>Categories: the bins that go left.</summary>
    public CodeSet LeftCodes { get; init; }

    public NodeSums LeftSums { get; init; }

    /// <summary>One byte per bin: 1 goes left.</summary>
    public void FillLeftTable(Span<byte> table)
    {
        for (var bin = 0; bin < Histograms.Bins; bin++)
        {
            var left = IsCategory ? LeftCodes.Contains(bin) : bin == 0 ? MissingLeft : bin <= LastLeftBin;
            table[bin] = left ? (byte)1 : (byte)0;
        }
    }
}
