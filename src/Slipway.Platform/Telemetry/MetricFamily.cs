using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Slipway.Platform.Telemetry;

internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>All series of one instrument.</summary>
internal sealed class MetricFamily
{
    // A label with endless values must not eat the memory: what comes beyond is added up in one series that says so.
    private const int MostSeries = 1000;
    private const string Overflow = "overflow=\"true\"";

    private static readonly double[] Seconds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private static readonly double[] Bytes = [1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 28, 1 << 30];
    private static readonly double[] Counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000];

    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricSeries> _byTags = new(MetricLabels.Comparer);
    private readonly ConcurrentDictionary<string, MetricSeries> _byText = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _lookup;
    private readonly bool _adds;
    private readonly double[] _bounds;
    private int _made;

    public MetricFamily(Instrument instrument)
    {
        _lookup = _byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        var type = instrument.GetType().GetGenericTypeDefinition();
        Kind = type == typeof(Histogram<>) ? MetricKind.Histogram
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;
        _adds = type == typeof(Counter<>) || type == typeof(UpDownCounter<>);
        IsObservable = instrument.IsObservable;
        _bounds = Advice(instrument) ?? instrument.Unit switch { "s" => Seconds, "By" => Bytes, _ => Counts };
        Name = NameOf(instrument, Kind);
        Help = instrument.Description ?? "";
    }

    public MetricKind Kind { get; }

    public string Name { get; }

    public string Help { get; }

    public bool IsObservable { get; }

    public IEnumerable<MetricSeries> Series => _byText.Values.OrderBy(s => s.Labels, StringComparer.Ordinal);

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, long scrape)
    {
        if (!_lookup.TryGetValue(tags, out var series))
        {
            series = Add(tags.ToArray());
        }

        series.Record(value);
        if (series is LastSeries last)
        {
            last.Seen = scrape;
        }
    }

    private MetricSeries Add(KeyValuePair<string, object?>[] tags)
    {
        if (Volatile.Read(ref _made) >= MostSeries)
        {
            return _byText.GetOrAdd(Overflow, Make);
        }

        Interlocked.Increment(ref _made);
        var series = _byText.GetOrAdd(MetricLabels.Render(tags), Make);
        return _byTags.GetOrAdd(tags, series);
    }

    private MetricSeries Make(string labels) =>
        Kind == MetricKind.Histogram ? new HistogramSeries(labels, _bounds) : _adds ? new SumSeries(labels) : new LastSeries(labels);

    private static double[]? Advice(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => [.. bounds],
        Histogram<long> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => [.. bounds.Select(b => (double)b)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => [.. bounds.Select(b => (double)b)],
        _ => null,
    };

    // As OpenTelemetry maps names: dots to underscores, the unit spelled out, counters end in _total.
    private static string NameOf(Instrument instrument, MetricKind kind)
    {
        var name = MetricLabels.Name(instrument.Name);
        var unit = instrument.Unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", "%" => "_percent", _ => "" };
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return kind == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }
}
