using System.Globalization;
using System.Threading.Channels;
using Slipway.Serving.Outbound;

namespace Slipway.Serving.Sinks;

/// <summary>
/// The way of one service's events to its sink: a bounded queue, and a few workers that send one event after another over kept connections. Adding
/// never waits. An event is sent again only after a failure: a connection that broke, no answer in time, 408, 429 or 5xx.
/// </summary>
internal sealed class ServiceSink
{
    private static readonly TimeSpan[] Pauses = [.. new[] { 100, 500, 2000, 5000 }.Select(ms => TimeSpan.FromMilliseconds(ms))];

    private readonly (string Namespace, string Name) _service;
    private readonly OutboundHttp _http;
    private readonly PayloadMetrics _metrics;
    private readonly PayloadOptions _options;
    private readonly TimeProvider _time;
    private readonly Action _turned;
    private readonly Channel<SinkEvent> _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _workers;
    private long _queuedBytes;
    private long _sent;
    private long _shed;
    private string? _trouble;

    /// <param name="turned">Called when events begin or cease to get through.</param>
    public ServiceSink((string Namespace, string Name) service, Uri url, OutboundHttp http, PayloadMetrics metrics, PayloadOptions options, TimeProvider time, Action turned)
    {
        (_service, Url, _http, _metrics, _options, _time, _turned) = (service, url, http, metrics, options, time, turned);
        _queue = Channel.CreateBounded<SinkEvent>(new BoundedChannelOptions(options.SinkQueue));
        _workers = Task.WhenAll(Enumerable.Range(0, options.SinkWorkers).Select(_ => Task.Run(LoopAsync, CancellationToken.None)));
    }

    public Uri Url { get; }

    public SinkHealth Health => new(Volatile.Read(ref _trouble), Interlocked.Read(ref _sent), Interlocked.Read(ref _shed));

    public void Add(SinkEvent e)
    {
        if (Interlocked.Add(ref _queuedBytes, e.Bytes) <= _options.SinkQueueBytes)
        {
            _metrics.OnSinkQueued(_service.Namespace, _service.Name);
            if (_queue.Writer.TryWrite(e))
            {
                return;
            }

            _metrics.OnSinkDone(_service.Namespace, _service.Name);
        }

        Interlocked.Add(ref _queuedBytes, -e.Bytes);
        Shed("queue", "it is slower than the events come");
    }

    /// <summary>Takes no more events and sends what waits, within the bound; what is left then is shed.</summary>
    public async Task StopAsync(TimeSpan bound)
    {
        _queue.Writer.TryComplete();
        await using (_time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), _stop, bound, Timeout.InfiniteTimeSpan))
        {
            await _workers;
        }

        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        await foreach (var e in _queue.Reader.ReadAllAsync())
        {
            if (_stop.IsCancellationRequested)
            {
                Shed("stopped", "the server stopped before it had taken all");
            }
            else
            {
                await DeliverAsync(e);
            }

            Interlocked.Add(ref _queuedBytes, -e.Bytes);
            _metrics.OnSinkDone(_service.Namespace, _service.Name);
        }
    }

    private async Task DeliverAsync(SinkEvent e)
    {
        for (var attempt = 0; ; attempt++)
        {
            var (failure, again) = await TrySendAsync(e);
            if (failure is null)
            {
                Interlocked.Increment(ref _sent);
                _metrics.OnSent(_service.Namespace, _service.Name);
                Turn(null);
                return;
            }

            if (!again || attempt == Pauses.Length || _stop.IsCancellationRequested)
            {
                Shed(_stop.IsCancellationRequested ? "stopped" : again ? "unreachable" : "refused", failure);
                return;
            }

            Turn(failure);
            _metrics.OnRetried(_service.Namespace, _service.Name);
            await Task.Delay(Pauses[attempt], _time, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Null when it was taken, else why not and whether it may be another time.</summary>
    private async Task<(string? Failure, bool Again)> TrySendAsync(SinkEvent e)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Url) { Content = new ReadOnlyMemoryContent(e.Body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", e.ContentType);
        if (e.ContentEncoding is { } coding)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        }

        foreach (var (name, value) in e.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        await using var timer = _time.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), limit, TimeSpan.FromMilliseconds(_options.SinkTimeoutMs), Timeout.InfiniteTimeSpan);
        try
        {
            using var answer = await _http.SendAsync(request, limit.Token);
            var status = (int)answer.StatusCode;
            return status is >= 200 and < 300 ? (null, false)
                : (string.Create(CultureInfo.InvariantCulture, $"it answered {status}"), status is 408 or 429 or >= 500);
        }
        catch (OperationCanceledException)
        {
            return (string.Create(CultureInfo.InvariantCulture, $"it did not answer within {_options.SinkTimeoutMs} ms"), true);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidOperationException)
        {
            return (exception.InnerException?.Message ?? exception.Message, true);
        }
    }

    private void Shed(string reason, string why)
    {
        Interlocked.Increment(ref _shed);
        _metrics.OnSinkShed(_service.Namespace, _service.Name, reason);
        Turn(why);
    }

    private void Turn(string? trouble)
    {
        var before = Interlocked.Exchange(ref _trouble, trouble);
        if ((before is null) != (trouble is null))
        {
            _turned();
        }
    }
}
