namespace Slipway.Tracking.Domain.TensorBoard;

/// <summary>The points of one tag, thinned out while they come in, so that a file of any length fits: of every group of neighbours the least and the greatest stay.</summary>
internal sealed class Series(int most)
{
    private readonly List<ScalarPoint> _points = [];
    private int _group = 1;
    private int _inGroup;
    private ScalarPoint _least;
    private ScalarPoint _greatest;

    /// <summary>How many points came in.</summary>
    public long Count { get; private set; }

    public ScalarPoint Last { get; private set; }

    public void Add(ScalarPoint point)
    {
        (Count, Last) = (Count + 1, point);
        if (_group == 1)
        {
            _points.Add(point);
        }
        else
        {
            Gather(point);
        }

        if (_points.Count > most)
        {
            Halve();
        }
    }

    /// <summary>In the order in which they came, the last one always among them.</summary>
    public IReadOnlyList<ScalarPoint> Points()
    {
        var points = new List<ScalarPoint>(_points);
        if (_inGroup > 0)
        {
            Emit(points, _least, _greatest);
        }

        if (points.Count > 0 && points[^1] != Last)
        {
            points.Add(Last);
        }

        return points;
    }

    private void Gather(ScalarPoint point)
    {
        (_least, _greatest) = _inGroup == 0 ? (point, point) : (Below(point, _least) ? point : _least, Below(_greatest, point) ? point : _greatest);
        if (++_inGroup == _group)
        {
            Emit(_points, _least, _greatest);
            _inGroup = 0;
        }
    }

    // Every four points become the least and the greatest of them, and from now on so many more stand behind a point.
    private void Halve()
    {
        var kept = new List<ScalarPoint>(_points.Count / 2);
        for (var i = 0; i < _points.Count; i += 4)
        {
            var four = _points.GetRange(i, Math.Min(4, _points.Count - i));
            Emit(kept, four.Aggregate((a, b) => Below(b, a) ? b : a), four.Aggregate((a, b) => Below(a, b) ? b : a));
        }

        _points.Clear();
        _points.AddRange(kept);
        _group = _group == 1 ? 4 : _group * 2;
    }

    private static void Emit(List<ScalarPoint> points, ScalarPoint least, ScalarPoint greatest)
    {
        var (first, second) = least.Step <= greatest.Step ? (least, greatest) : (greatest, least);
        points.Add(first);
        if (second != first)
        {
            points.Add(second);
        }
    }

    // NaN stands above all, so that it is seen.
    private static bool Below(ScalarPoint left, ScalarPoint right) => double.IsNaN(right.Value) ? !double.IsNaN(left.Value) : left.Value < right.Value;
}
