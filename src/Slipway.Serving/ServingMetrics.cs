using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Slipway.Serving.Revisions;

namespace Slipway.Serving;

/// <summary>
/// Every instrument of the module. Names are those that dashboards of Triton (nv_inference_*) and KServe (request_predict_seconds) already use;
/// what neither has begins with slipway_serving_. Labels: namespace, model (the service's name), version (the model version).
/// </summary>
internal sealed class ServingMetrics : IDisposable
{
    public const string MeterName = "Slipway.Serving";

    /// <summary>From well below the cheapest model (7 us) up to what nobody waits for.</summary>
    private static readonly double[] LatencyBounds =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Meter _meter;
    private readonly Counter<long> _success;
    private readonly Counter<long> _failure;
    private readonly Counter<long> _rows;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _fallbacks;
    private readonly Counter<long> _mirrored;
    private readonly Counter<long> _mirrorShed;
    private readonly Counter<long> _logShed;
    private readonly Counter<long> _logged;
    private readonly Counter<long> _loadFailures;
    private readonly UpDownCounter<long> _loaded;
    private readonly Histogram<double> _latency;
    private readonly ConcurrentDictionary<LoadedRevision, byte> _inMemory = new();

    public ServingMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(MeterName);
        _success = _meter.CreateCounter<long>("nv_inference_request_success", description: "Requests answered");
        _failure = _meter.CreateCounter<long>("nv_inference_request_failure", description: "Requests on which the model failed");
        _rows = _meter.CreateCounter<long>("nv_inference_count", description: "Rows answered");
        _latency = _meter.CreateHistogram(
            "request_predict_seconds", "s", "Time in the model per request", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = LatencyBounds });
        _rejected = _meter.CreateCounter<long>("slipway_serving_requests_rejected", description: "Requests refused before a model ran, by status");
        _fallbacks = _meter.CreateCounter<long>("slipway_serving_canary_fallbacks", description: "Requests that the stable revision answered after a canary had failed");
        _mirrored = _meter.CreateCounter<long>("slipway_serving_mirrored", description: "Mirrored runs");
        _mirrorShed = _meter.CreateCounter<long>("slipway_serving_mirror_shed", description: "Requests not mirrored because the queue was full");
        _logShed = _meter.CreateCounter<long>("slipway_serving_log_shed", description: "Predictions not logged, by reason");
        _logged = _meter.CreateCounter<long>("slipway_serving_logged", description: "Predictions written to the log");
        _loadFailures = _meter.CreateCounter<long>("slipway_serving_model_load_failures", description: "Models that could not be loaded");
        _loaded = _meter.CreateUpDownCounter<long>("slipway_serving_model_loaded", description: "1 while the model version is loaded");
        _meter.CreateObservableUpDownCounter(
            "slipway_serving_model_memory_bytes", () => _inMemory.Keys.Select(r => new Measurement<long>(r.Model.Model.MemoryBytes, r.Tags)), "By",
            "Memory of this process that a loaded model version keeps; 0 while it sleeps or is elsewhere");
    }

    /// <param name="rows">Those that the model ran on: none when the answer was in the cache.</param>
    public void OnAnswered(LoadedRevision revision, int rows, TimeSpan took)
    {
        _success.Add(1, revision.Tags);
        if (rows > 0)
        {
            _rows.Add(rows, revision.Tags);
        }

        _latency.Record(took.TotalSeconds, revision.Tags);
    }

    public void OnFailed(LoadedRevision revision) => _failure.Add(1, revision.Tags);

    public void OnFallback(LoadedRevision canary) => _fallbacks.Add(1, canary.Tags);

    public void OnRejected(string ns, string service, int status) =>
        _rejected.Add(1, new KeyValuePair<string, object?>("namespace", ns), new("model", service), new("status", status));

    public void OnMirrored(LoadedRevision revision) => _mirrored.Add(1, revision.Tags);

    public void OnMirrorShed(string ns, string service) =>
        _mirrorShed.Add(1, new KeyValuePair<string, object?>("namespace", ns), new("model", service));

    public void OnLogShed(LoadedRevision revision, string reason) =>
        _logShed.Add(1, [.. revision.Tags, new KeyValuePair<string, object?>("reason", reason)]);

    /// <summary>Rows that the database did not take, after several tries.</summary>
    public void OnLogLost(int rows) => _logShed.Add(rows, new KeyValuePair<string, object?>("reason", "database"));

    public void OnLogged(int rows) => _logged.Add(rows);

    public void OnLoaded(LoadedRevision revision)
    {
        _loaded.Add(1, revision.Tags);
        _inMemory.TryAdd(revision, 0);
    }

    public void OnUnloaded(LoadedRevision revision)
    {
        _loaded.Add(-1, revision.Tags);
        _inMemory.TryRemove(revision, out _);
    }

    public void OnLoadFailed(Revision revision) => _loadFailures.Add(
        1, new KeyValuePair<string, object?>("namespace", revision.Namespace), new("model", revision.Service), new("version", revision.ModelVersion));

    public void Dispose() => _meter.Dispose();
}
