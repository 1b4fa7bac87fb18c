using System.Diagnostics.Metrics;
using Slipway.Platform.Telemetry;

namespace Slipway.Platform.Tests.Telemetry;

public sealed class MetricCollectorTests : IDisposable
{
    private readonly MetricCollector _collector = new();

    // Other tests of this process record as well; each test has a meter of its own.
    private readonly Meter _meter = new($"Slipway.Test{Guid.NewGuid():N}");

    public void Dispose()
    {
        _meter.Dispose();
        _collector.Dispose();
    }

    [Fact]
    public void Counter_AddsUpPerLabels_WhateverTheirOrder_AndEscapes()
    {
        var counter = _meter.CreateCounter<long>("t1.requests", description: "Line\nbreak \\ slash");
        counter.Add(1, new("path", "a\"b\\c\nd"), new("code", 200));
        counter.Add(2, new("code", 200), new("path", "a\"b\\c\nd"));
        Assert.Contains("""
            # HELP t1_requests_total Line\nbreak \\ slash
            # TYPE t1_requests_total counter
            t1_requests_total{code="200",path="a\"b\\c\nd"} 3

            """, _collector.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void Histogram_CountsUpToEachBound_InItsUnit()
    {
        var histogram = _meter.CreateHistogram("t2.wait", "s", "Waiting.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in new[] { 0.05, 0.1, 0.5, 7 })
        {
            histogram.Record(value);
        }

        Assert.Contains("""
            # TYPE t2_wait_seconds histogram
            t2_wait_seconds_bucket{le="0.1"} 2
            t2_wait_seconds_bucket{le="1"} 3
            t2_wait_seconds_bucket{le="+Inf"} 4
            t2_wait_seconds_sum 7.65
            t2_wait_seconds_count 4

            """, _collector.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void UpDownCounterAndGauges_ShowTheirState_AndWhatIsNoLongerObservedGoes()
    {
        var depth = _meter.CreateUpDownCounter<long>("t3.depth");
        depth.Add(5);
        depth.Add(-2);
        var observed = new List<Measurement<double>> { new(1.5, new KeyValuePair<string, object?>("model", "a")) };
        _meter.CreateObservableGauge("t3.size", () => observed, "By");
        var text = _collector.Render();
        Assert.Contains("# TYPE t3_depth gauge\nt3_depth 3\n", text, StringComparison.Ordinal);
        Assert.Contains("t3_size_bytes{model=\"a\"} 1.5\n", text, StringComparison.Ordinal);
        observed.Clear();
        Assert.DoesNotContain("t3_size_bytes", _collector.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void EndlessLabelValues_AreAddedUpInOneSeries()
    {
        var counter = _meter.CreateCounter<long>("t4.calls");
        for (var i = 0; i < 1500; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", i));
        }

        var lines = _collector.Render().Split('\n').Where(l => l.StartsWith("t4_calls_total", StringComparison.Ordinal)).ToList();
        Assert.Equal(1001, lines.Count);
        Assert.Contains("t4_calls_total{overflow=\"true\"} 500", lines);
    }

    [Fact]
    public async Task ConcurrentRecords_AreAllCounted()
    {
        var counter = _meter.CreateCounter<double>("t5.work");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Add(0.5);
            }
        })));
        Assert.Contains("t5_work_total 40000\n", _collector.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void Process_ShowsItsMemoryAndTime_AndEveryLineIsWellFormed()
    {
        var text = _collector.Render();
        Assert.Matches(@"process_resident_memory_bytes \d{7,}\n", text);
        Assert.Matches(@"process_cpu_seconds_total [0-9.]+\n", text);
        Assert.All(
            text.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches("""^(# (HELP|TYPE) [a-zA-Z_][a-zA-Z0-9_]* .+|[a-zA-Z_][a-zA-Z0-9_]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\.)*",?)+\})? (NaN|[+-]Inf|-?[0-9.E+-]+))$""", line));
    }
}
