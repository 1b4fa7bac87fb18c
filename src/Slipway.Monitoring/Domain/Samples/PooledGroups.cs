namespace Slipway.Monitoring.Domain.Samples;

/// <summary>
/// Walks the distinct values of two sorted samples in ascending order: one merge serves every rank and distribution-function test, so that
/// nothing after the sort costs more than one pass.
/// </summary>
internal struct PooledGroups(double[] reference, double[] current)
{
    private int _nextReference;
    private int _nextCurrent;

    public double Value { get; private set; }

    /// <summary>How many reference values equal <see cref="Value"/>.</summary>
    public int InReference { get; private set; }

    /// <summary>How many current values equal <see cref="Value"/>.</summary>
    public int InCurrent { get; private set; }

    /// <summary>How many reference values are at or below <see cref="Value"/>.</summary>
    public readonly int ReferenceUpTo => _nextReference;

    /// <summary>How many current values are at or below <see cref="Value"/>.</summary>
    public readonly int CurrentUpTo => _nextCurrent;

    public bool MoveNext()
    {
        var referenceLeft = _nextReference < reference.Length;
        var currentLeft = _nextCurrent < current.Length;
        if (!referenceLeft && !currentLeft)
        {
            return false;
        }

        Value = !currentLeft || (referenceLeft && reference[_nextReference] <= current[_nextCurrent])
            ? reference[_nextReference]
            : current[_nextCurrent];
        InReference = Advance(reference, ref _nextReference, Value);
        InCurrent = Advance(current, ref _nextCurrent, Value);
        return true;
    }

    private static int Advance(double[] values, ref int next, double value)
    {
        var start = next;
        while (next < values.Length && values[next] == value)
        {
            next++;
        }

        return next - start;
    }
}
