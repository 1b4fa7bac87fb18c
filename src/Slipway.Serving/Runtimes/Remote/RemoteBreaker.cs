namespace Slipway.Serving.Runtimes.Remote;

/// <summary>
/// Stops calls to a server that does not answer: after several failures in a row callers are refused at once, and the server's own health check,
/// not a caller, finds out when it is back.
/// </summary>
internal sealed class RemoteBreaker(TimeProvider time, Func<CancellationToken, Task<bool>> isUp) : IDisposable
{
    private const int Failures = 5;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _end = new();
    private ITimer? _timer;
    private TimeSpan _pause = First;
    private long _since;
    private int _failures;
    private bool _closed;

    /// <summary>How long until the server is asked again whether it is up; null while calls may go through.</summary>
    public TimeSpan? ClosedFor
    {
        get
        {
            lock (_lock)
            {
                var left = _pause - time.GetElapsedTime(_since);
                return !_closed ? null : left > TimeSpan.Zero ? left : TimeSpan.FromSeconds(1);
            }
        }
    }

    /// <summary>A server that answers is up, unless it says itself that it is broken (501 is a refusal of one request).</summary>
    public void OnAnswer(int status)
    {
        if (status is >= 500 and not 501)
        {
            OnFailure();
            return;
        }

        lock (_lock)
        {
            _failures = 0;
        }
    }

    public void OnFailure()
    {
        lock (_lock)
        {
            if (++_failures >= Failures && !_closed)
            {
                (_closed, _pause) = (true, First);
                Arm();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            _timer = null;
        }

        _end.Cancel();
        _end.Dispose();
    }

    private void Arm()
    {
        _since = time.GetTimestamp();
        _timer?.Dispose();
        _timer = time.CreateTimer(static breaker => _ = ((RemoteBreaker)breaker!).ProbeAsync(), this, _pause, Timeout.InfiniteTimeSpan);
    }

    private async Task ProbeAsync()
    {
        var up = false;
        try
        {
            using var limit = new CancellationTokenSource(ProbeLimit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _end.Token);
            up = await isUp(either.Token);
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        lock (_lock)
        {
            if (_timer is null)
            {
                return;
            }

            if (up)
            {
                (_closed, _failures) = (false, 0);
                return;
            }

            _pause = _pause * 2 < Longest ? _pause * 2 : Longest;
            Arm();
        }
    }
}
