namespace Slipway.Tracking.Domain;

/// <summary>A point of a chart, in the order of time.</summary>
internal readonly record struct ChartPoint(long Time, long Step, double Value, bool IsNan)
{
    public double Shown => IsNan ? double.NaN : Value;
}

/// <summary>
/// The lowest and highest point of each run of points that follow one another. When there are more parts than room, neighbours are joined, so a curve
/// of any length takes the same memory and no extreme is ever lost.
/// </summary>
/// <param name="most">How many parts are kept; even, since full they are joined two by two.</param>
internal sealed class Extremes(int most)
{
    private readonly List<(ChartPoint Low, ChartPoint High)> _parts = [];
    private int _perPart = 1;
    private int _inLast;

    public long Count { get; private set; }

    public ChartPoint? First { get; private set; }

    public ChartPoint? Last { get; private set; }

    public void Add(ChartPoint point)
    {
        Count++;
        First ??= point;
        Last = point;
        if (_inLast == 0 && _parts.Count == most)
        {
            Halve();
        }

        if (_inLast == 0)
        {
            _parts.Add((point, point));
        }
        else
        {
            _parts[^1] = Join(_parts[^1], (point, point));
        }

        _inLast = (_inLast + 1) % _perPart;
    }

    /// <summary>At most <paramref name="points"/> points by time: first, last, and the extremes of as many equal parts as fit.</summary>
    public IReadOnlyList<ChartPoint> Choose(int points)
    {
        if (First is not { } first || Last is not { } last)
        {
            return [];
        }

        var perGroup = Math.Max(1, (int)Math.Ceiling(_parts.Count / (double)Math.Max(1, (points - 2) / 2)));
        var chosen = new List<ChartPoint> { first };
        for (var i = 0; i < _parts.Count; i += perGroup)
        {
            var group = _parts[i];
            for (var j = i + 1; j < Math.Min(i + perGroup, _parts.Count); j++)
            {
                group = Join(group, _parts[j]);
            }

            chosen.Add(group.Low);
            chosen.Add(group.High);
        }

        chosen.Add(last);
        return [.. chosen.Distinct().OrderBy(p => p.Time).ThenBy(p => p.Step)];
    }

    private static (ChartPoint Low, ChartPoint High) Join((ChartPoint Low, ChartPoint High) a, (ChartPoint Low, ChartPoint High) b) =>
        (Lower(a.Low, b.Low), Higher(a.High, b.High));

    // NaN is nothing to draw: it stays only where there is nothing else.
    private static ChartPoint Lower(ChartPoint a, ChartPoint b) => a.IsNan || (!b.IsNan && b.Value < a.Value) ? b : a;

    private static ChartPoint Higher(ChartPoint a, ChartPoint b) => a.IsNan || (!b.IsNan && b.Value > a.Value) ? b : a;

    private void Halve()
    {
        for (var i = 0; i < _parts.Count / 2; i++)
        {
            _parts[i] = Join(_parts[2 * i], _parts[(2 * i) + 1]);
        }

        _parts.RemoveRange(_parts.Count / 2, _parts.Count / 2);
        _perPart *= 2;
    }
}
