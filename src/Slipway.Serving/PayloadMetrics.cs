using System.Diagnostics.Metrics;

namespace Slipway.Serving;

/// <summary>
/// Instruments of the payload log and of event sinks. What was offered is what was kept or sent, plus what was shed, plus what still waits.
/// Labels: namespace, model (the service's name), version where a model answered, reason where something was shed.
/// </summary>
internal sealed class PayloadMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _retried;
    private readonly Counter<long> _sinkShed;
    private readonly UpDownCounter<long> _waiting;
    private readonly Counter<long> _kept;
    private readonly Counter<long> _keptShed;
    private readonly Counter<long> _files;
    private readonly Counter<long> _uploaded;
    private readonly Counter<long> _uploadRetried;
    private readonly UpDownCounter<long> _uploadWaiting;
    private readonly UpDownCounter<long> _uploadBytes;

    public PayloadMetrics(IMeterFactory factory)
    {
        _meter = factory.Create(ServingMetrics.MeterName);
        _sent = _meter.CreateCounter<long>("slipway_serving_sink_sent", description: "Payload events that the sink has taken");
        _retried = _meter.CreateCounter<long>("slipway_serving_sink_retries", description: "Payload events sent again after a failure");
        _sinkShed = _meter.CreateCounter<long>("slipway_serving_sink_shed", description: "Payload events that did not reach the sink, by reason");
        _waiting = _meter.CreateUpDownCounter<long>("slipway_serving_sink_waiting", description: "Payload events that wait for the sink");
        _kept = _meter.CreateCounter<long>("slipway_serving_payload_logged", description: "Rows written to payload files");
        _keptShed = _meter.CreateCounter<long>("slipway_serving_payload_shed", description: "Rows that did not get into payload files, by reason");
        _files = _meter.CreateCounter<long>("slipway_serving_payload_files", description: "Parquet files made");
        _uploaded = _meter.CreateCounter<long>("slipway_serving_payload_uploaded", description: "Parquet files brought into an object store");
        _uploadRetried = _meter.CreateCounter<long>("slipway_serving_payload_upload_retries", description: "Uploads of Parquet files that failed and are tried again");
        _uploadWaiting = _meter.CreateUpDownCounter<long>("slipway_serving_payload_upload_waiting", description: "Parquet files that wait to be uploaded");
        _uploadBytes = _meter.CreateUpDownCounter<long>("slipway_serving_payload_upload_waiting_bytes", description: "Bytes of Parquet files that wait to be uploaded");
    }

    public void OnSinkQueued(string ns, string service) => _waiting.Add(1, Of(ns, service));

    public void OnSinkDone(string ns, string service) => _waiting.Add(-1, Of(ns, service));

    public void OnSent(string ns, string service) => _sent.Add(1, Of(ns, service));

    public void OnRetried(string ns, string service) => _retried.Add(1, Of(ns, service));

    public void OnSinkShed(string ns, string service, string reason) => _sinkShed.Add(1, [.. Of(ns, service), new("reason", reason)]);

    public void OnKept(IReadOnlyList<KeyValuePair<string, object?>> tags, int rows) => _kept.Add(rows, [.. tags]);

    public void OnKeptShed(IReadOnlyList<KeyValuePair<string, object?>> tags, int rows, string reason) => _keptShed.Add(rows, [.. tags, new("reason", reason)]);

    public void OnFile(string ns, string service) => _files.Add(1, Of(ns, service));

    public void OnUploaded(string ns, string service) => _uploaded.Add(1, Of(ns, service));

    public void OnUploadRetried(string ns, string service) => _uploadRetried.Add(1, Of(ns, service));

    public void OnUploadWaits(string ns, string service, int files, long bytes)
    {
        _uploadWaiting.Add(files, Of(ns, service));
        _uploadBytes.Add(bytes, Of(ns, service));
    }

    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?>[] Of(string ns, string service) => [new("namespace", ns), new("model", service)];
}
