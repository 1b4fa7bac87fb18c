namespace Slipway.Serving.Runtimes.Python;

/// <summary>Counts what the scaling of a model goes by.</summary>
internal sealed class WorkerLoad(TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _since = time.GetTimestamp();
    private long _changed = time.GetTimestamp();
    private double _area;
    private int _now;
    private long _arrived;

    /// <summary>Requests that wait or run.</summary>
    public int Now
    {
        get
        {
            lock (_lock)
            {
                return _now;
            }
        }
    }

    public void Enter() => Change(1);

    public void Leave() => Change(-1);

    /// <summary>Mean of requests at a time, and requests per second, since the last call.</summary>
    public (double Concurrency, double PerSecond) Take()
    {
        lock (_lock)
        {
            Settle();
            var seconds = Math.Max(time.GetElapsedTime(_since, _changed).TotalSeconds, 1e-3);
            var taken = (_area / seconds, _arrived / seconds);
            (_since, _area, _arrived) = (_changed, 0, 0);
            return taken;
        }
    }

    private void Change(int by)
    {
        lock (_lock)
        {
            Settle();
            _now += by;
            _arrived += by > 0 ? 1 : 0;
        }
    }

    private void Settle()
    {
        var now = time.GetTimestamp();
        _area += _now * time.GetElapsedTime(_changed, now).TotalSeconds;
        _changed = now;
    }
}
