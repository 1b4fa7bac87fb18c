using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Slipway.Serving.Tests;

/// <summary>Sums of a host's counters, by name, or by name and the tag reason.</summary>
internal sealed class Counters : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _sums = new();
    private readonly MeterListener _listener;

    public Counters(ServingHost host)
    {
        var scope = host.Get<IMeterFactory>();
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == ServingMetrics.MeterName && ReferenceEquals(instrument.Meter.Scope, scope))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            _sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
            foreach (var tag in tags)
            {
                if (tag.Key == "reason")
                {
                    _sums.AddOrUpdate($"{instrument.Name}:{tag.Value}", value, (_, sum) => sum + value);
                }
            }
        });
        _listener.Start();
    }

    public long this[string name] => _sums.GetValueOrDefault(name);

    /// <summary>Adds what instruments that are asked say now.</summary>
    public void Observe() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();
}
