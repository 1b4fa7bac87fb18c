using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Platform.Controllers;

namespace Slipway.Monitoring;

/// <summary>Every instrument of the module.</summary>
internal sealed class MonitoringMetrics
{
    private readonly Counter<long> _windows;
    private readonly Counter<long> _rows;
    private readonly Histogram<double> _duration;
    private readonly ConcurrentDictionary<ResourceRef, (string Metric, MonitorWindow Window)> _newest = new();

    public MonitoringMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Slipway.Monitoring");
        _windows = meter.CreateCounter<long>("slipway_monitor_windows_evaluated", description: "Windows evaluated, by monitor");
        _rows = meter.CreateCounter<long>("slipway_monitor_rows_evaluated", description: "Served rows in evaluated windows, by monitor");
        _duration = meter.CreateHistogram<double>("slipway_monitor_evaluation_duration_seconds", "s", "How long windows took to evaluate");
        meter.CreateObservableGauge("slipway_monitor_window", () => Observe(w => w.Number), description: "Number of the newest evaluated window");
        meter.CreateObservableGauge(
            "slipway_monitor_input_drift_share", () => Observe(w => w.InputDrift?.Share), description: "Share of drifted inputs in the newest window");
        meter.CreateObservableGauge(
            "slipway_monitor_prediction_drifted", () => Observe(w => w.PredictionDrift is { } drift ? drift.Drifted ? 1 : 0 : null),
            description: "1 when predictions drifted in the newest window");
        meter.CreateObservableGauge("slipway_monitor_quality", ObserveQuality, description: "The monitor's metric of the served answers in the newest window");
    }

    public void OnWindowEvaluated(ResourceRef monitor, MonitorWindow window, TimeSpan took)
    {
        _windows.Add(1, Tags(monitor));
        _rows.Add(window.Rows, Tags(monitor));
        _duration.Record(took.TotalSeconds);
    }

    /// <summary>Also after a restart, when nothing new is evaluated: the gauges show what is kept.</summary>
    public void OnMonitorSeen(ResourceRef monitor, string metric, MonitorWindow newest) => _newest[monitor] = (metric, newest);

    public void OnMonitorGone(ResourceRef monitor) => _newest.TryRemove(monitor, out _);

    private IEnumerable<Measurement<double>> Observe(Func<MonitorWindow, double?> read)
    {
        foreach (var (monitor, (_, window)) in _newest)
        {
            if (read(window) is { } value)
            {
                yield return new Measurement<double>(value, Tags(monitor));
            }
        }
    }

    private IEnumerable<Measurement<double>> ObserveQuality()
    {
        foreach (var (monitor, (metric, window)) in _newest)
        {
            if (window.Served?.Metrics.TryGetValue(metric, out var value) == true)
            {
                yield return new Measurement<double>(value, [.. Tags(monitor), new("metric", metric)]);
            }
        }
    }

    private static KeyValuePair<string, object?>[] Tags(ResourceRef monitor) => [new("namespace", monitor.Namespace), new("monitor", monitor.Name)];
}
