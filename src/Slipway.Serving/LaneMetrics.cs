using System.Diagnostics.Metrics;

namespace Slipway.Serving;

/// <summary>
/// What the lane of one model version counts. Names are Triton's where it has one (nv_inference_exec_count, nv_inference_pending_request_count,
/// nv_inference_queue_duration_us, nv_cache_num_hits_per_model, nv_cache_num_misses_per_model).
/// </summary>
internal sealed class LaneMetrics(LaneInstruments instruments, KeyValuePair<string, object?>[] tags)
{
    /// <summary>One run of the model; its size is of interest where requests share runs.</summary>
    public void OnRun(int rows, bool batching)
    {
        instruments.Executions.Add(1, tags);
        if (batching)
        {
            instruments.BatchRows.Record(rows, tags);
        }
    }

    /// <summary>So many more requests are waiting.</summary>
    public void OnQueue(int change) => instruments.Pending.Add(change, tags);

    public void OnTurn(TimeSpan waited)
    {
        instruments.QueueSeconds.Record(waited.TotalSeconds, tags);
        instruments.QueueMicroseconds.Add((long)waited.TotalMicroseconds, tags);
    }

    public void OnRefused(string reason) => instruments.Refused.Add(1, [.. tags, new("reason", reason)]);

    public void OnCached(bool hit) => (hit ? instruments.CacheHits : instruments.CacheMisses).Add(1, tags);
}

/// <summary>The instruments themselves, once per server.</summary>
internal sealed class LaneInstruments
{
    private static readonly double[] SecondBounds =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    public LaneInstruments(IMeterFactory factory)
    {
        // The factory hands out one meter per name and disposes of it.
        var meter = factory.Create(ServingMetrics.MeterName);
        Executions = meter.CreateCounter<long>("nv_inference_exec_count", description: "Runs of the model, mirrored ones included; a batch is one");
        Pending = meter.CreateUpDownCounter<long>("nv_inference_pending_request_count", description: "Requests waiting for their turn");
        QueueMicroseconds = meter.CreateCounter<long>("nv_inference_queue_duration_us", description: "Time that requests waited for their turn, in all");
        QueueSeconds = meter.CreateHistogram(
            "slipway_serving_queue_seconds", "s", "Time that a request waited for its turn, of those that had to", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = SecondBounds });
        BatchRows = meter.CreateHistogram(
            "slipway_serving_batch_rows", null, "Rows of one run, where requests share runs", null,
            new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] });
        Refused = meter.CreateCounter<long>(
            "slipway_serving_requests_shed", description: "Requests that did not get their turn: queue_full, deadline (it could not have been kept), timeout (of the request's own)");
        CacheHits = meter.CreateCounter<long>("nv_cache_num_hits_per_model", description: "Requests answered from the response cache");
        CacheMisses = meter.CreateCounter<long>("nv_cache_num_misses_per_model", description: "Requests that the response cache could not answer");
    }

    public Counter<long> Executions { get; }

    public UpDownCounter<long> Pending { get; }

    public Counter<long> QueueMicroseconds { get; }

    public Histogram<double> QueueSeconds { get; }

    public Histogram<long> BatchRows { get; }

    public Counter<long> Refused { get; }

    public Counter<long> CacheHits { get; }

    public Counter<long> CacheMisses { get; }
}
