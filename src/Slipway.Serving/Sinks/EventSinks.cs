using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Slipway.Serving.Outbound;

namespace Slipway.Serving.Sinks;

/// <summary>The sinks of all services. Stopping sends what waits, within a bound.</summary>
internal sealed class EventSinks(OutboundHttp http, PayloadMetrics metrics, ServingOptions options, TimeProvider time) : IHostedService
{
    private readonly Lock _lock = new();
    private readonly List<Task> _ending = [];
    private readonly Channel<(string Namespace, string Name)> _turned = Channel.CreateUnbounded<(string, string)>();
    private Dictionary<(string Namespace, string Name), ServiceSink> _sinks = [];
    private bool _stopped;

    /// <summary>Services whose sink began or ceased to take events.</summary>
    public ChannelReader<(string Namespace, string Name)> Turned => _turned.Reader;

    /// <summary>Sends a service's events there from now on; null: nowhere. A sink that is replaced gets what still waits for it.</summary>
    public void Set(string ns, string service, Uri? url)
    {
        lock (_lock)
        {
            var present = _sinks.GetValueOrDefault((ns, service));
            if (_stopped || present?.Url == url)
            {
                return;
            }

            var next = new Dictionary<(string, string), ServiceSink>(_sinks);
            next.Remove((ns, service));
            if (present is not null)
            {
                _ending.RemoveAll(t => t.IsCompleted);
                _ending.Add(present.StopAsync(TimeSpan.FromMilliseconds(options.Payloads.SinkFlushMs)));
            }

            if (url is not null)
            {
                next[(ns, service)] = new ServiceSink((ns, service), url, http, metrics, options.Payloads, time, () => _turned.Writer.TryWrite((ns, service)));
            }

            Volatile.Write(ref _sinks, next);
        }
    }

    public ServiceSink? Find(string ns, string service) => Volatile.Read(ref _sinks).GetValueOrDefault((ns, service));

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task[] ending;
        lock (_lock)
        {
            _stopped = true;
            ending = [.. _ending, .. _sinks.Values.Select(s => s.StopAsync(TimeSpan.FromMilliseconds(options.Payloads.SinkFlushMs)))];
        }

        await Task.WhenAll(ending);
        _turned.Writer.TryComplete();
    }
}
