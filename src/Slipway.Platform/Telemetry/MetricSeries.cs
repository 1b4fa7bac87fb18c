namespace Slipway.Platform.Telemetry;

/// <summary>The numbers of one instrument under one set of labels. Safe for concurrent recording; a reader may see a histogram one record apart.</summary>
internal abstract class MetricSeries(string labels)
{
    /// <summary>Rendered: <c>a="x",b="y"</c>; empty without labels.</summary>
    public string Labels => labels;

    public abstract void Record(double value);
}

/// <summary>Adds up: counters and up-down counters.</summary>
internal sealed class SumSeries(string labels) : MetricSeries(labels)
{
    private double _sum;

    public double Value => Volatile.Read(ref _sum);

    public override void Record(double value) => Add(ref _sum, value);

    internal static void Add(ref double target, double value)
    {
        var seen = Volatile.Read(ref target);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref target, seen + value, seen);
            if (before.Equals(seen))
            {
                return;
            }

            seen = before;
        }
    }
}

/// <summary>Keeps the last value: gauges, and everything that is observed when asked.</summary>
internal sealed class LastSeries(string labels) : MetricSeries(labels)
{
    private double _last;

    public double Value => Volatile.Read(ref _last);

    /// <summary>The scrape that last saw it: what an observable instrument no longer reports is no longer written.</summary>
    public long Seen { get; set; }

    public override void Record(double value) => Volatile.Write(ref _last, value);
}

internal sealed class HistogramSeries(string labels, double[] bounds) : MetricSeries(labels)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private double _sum;

    public double[] Bounds => bounds;

    public double Sum => Volatile.Read(ref _sum);

    public override void Record(double value)
    {
        // A bucket counts what is less than or equal to its bound.
        var at = Array.BinarySearch(bounds, value);
        Interlocked.Increment(ref _counts[at < 0 ? ~at : at]);
        SumSeries.Add(ref _sum, value);
    }

    /// <summary>Per bucket, the last one beyond all bounds; not cumulative.</summary>
    public long[] Counts() => [.. _counts.Select((_, i) => Interlocked.Read(ref _counts[i]))];
}
