using Slipway.Platform.Database;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Insight;

/// <summary>
/// Keeps the extremes of the curves that were drawn last, so that a curve of a million points is read once and after that only its new end is. A point
/// that is logged later with an earlier time shows when the entry has expired.
/// </summary>
internal sealed class ChartCache(TimeProvider time)
{
    private const int MostCurves = 256;
    private const int PartsPerCurve = 16_384;
    private const int Chunk = 50_000;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly Dictionary<long, Curve> _curves = [];
    private readonly Lock _lock = new();

    public async Task<IReadOnlyList<ChartPoint>> DrawAsync(IDatabase database, long series, int points, CancellationToken cancellation)
    {
        var curve = Find(series);
        await curve.Turn.WaitAsync(cancellation);
        try
        {
            int read;
            do
            {
                PointRow? after = curve.Extremes.Last is { } last ? new PointRow("", last.Time, last.Step, last.Value, last.IsNan) : null;
                read = await database.ReadAsync(
                    (session, _) => MetricStore.PointsAsync(session, series, after, 0, Chunk, p => curve.Extremes.Add(new ChartPoint(p.Time, p.Step, p.Value, p.IsNan))),
                    cancellation);
            }
            while (read == Chunk);
            return curve.Extremes.Choose(points);
        }
        finally
        {
            curve.Turn.Release();
        }
    }

    private Curve Find(long series)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            if (_curves.TryGetValue(series, out var known) && now - known.Made < Lifetime)
            {
                return known;
            }

            if (_curves.Count >= MostCurves)
            {
                _curves.Remove(_curves.MinBy(c => c.Value.Made).Key);
            }

            return _curves[series] = new Curve(now);
        }
    }

    private sealed record Curve(DateTimeOffset Made)
    {
        public Extremes Extremes { get; } = new(PartsPerCurve);

        public SemaphoreSlim Turn { get; } = new(1);
    }
}
