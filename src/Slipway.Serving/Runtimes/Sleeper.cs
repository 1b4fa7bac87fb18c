using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes;

/// <summary>
/// Something that is unloaded when nobody has asked for it for a while, if it may be, and loaded again by the next request, which is held meanwhile and
/// not failed.
/// </summary>
internal sealed class Sleeper<T> : IScaledModel, IDisposable
    where T : class, IDisposable
{
    private readonly string _what;
    private readonly Func<ScaleSpec, CancellationToken, Task<Result<T>>> _load;
    private readonly TimeSpan _patience;
    private readonly Action _changed;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly ITimer _timer;
    private T? _awake;
    private Task<Result<Unit>>? _waking;
    private string? _trouble;
    private ScaleSpec _scale;
    private int _users;
    private long _lastUse;

    /// <param name="what">Its name in problems, such as "The model".</param>
    /// <param name="patience">Longest a request is held.</param>
    /// <param name="changed">Called when it falls asleep or wakes.</param>
    public Sleeper(
        string what, T awake, ScaleSpec scale, Func<ScaleSpec, CancellationToken, Task<Result<T>>> load, TimeSpan patience, Action changed, TimeProvider time)
    {
        (_what, _awake, _scale, _load, _patience, _changed, _time) = (what, awake, scale, load, patience, changed, time);
        _lastUse = time.GetTimestamp();
        _timer = time.CreateTimer(_ => SleepIfIdle(), null, Period(scale), Period(scale));
    }

    /// <summary>What is loaded now; null while it sleeps.</summary>
    public T? Awake
    {
        get
        {
            lock (_lock)
            {
                return _awake;
            }
        }
    }

    public ReplicaState Replicas
    {
        get
        {
            lock (_lock)
            {
                return _awake is null ? new ReplicaState(_waking is null ? 0 : 1, 0, _trouble) : (_awake as IScaledModel)?.Replicas ?? new ReplicaState(1, 1, null);
            }
        }
    }

    /// <summary>Uses it, awake or woken for that.</summary>
    public async ValueTask<Result<TAnswer>> UseAsync<TState, TAnswer>(
        TState state, Func<T, TState, CancellationToken, ValueTask<Result<TAnswer>>> use, CancellationToken cancellation)
    {
        if (Enter() is not { } awake)
        {
            if (await WakeAsync(cancellation) is { } problem)
            {
                return problem;
            }

            awake = Enter();
            if (awake is null)
            {
                return Problem.Unavailable($"{_what} is being unloaded", TimeSpan.FromSeconds(1));
            }
        }

        try
        {
            return await use(awake, state, cancellation);
        }
        finally
        {
            lock (_lock)
            {
                _users--;
                _lastUse = _time.GetTimestamp();
            }
        }
    }

    public void Scale(ScaleSpec scale)
    {
        lock (_lock)
        {
            if (_closed.IsCancellationRequested || _scale == scale)
            {
                return;
            }

            _scale = scale;
            _timer.Change(Period(scale), Period(scale));
            (_awake as IScaledModel)?.Scale(scale);
            if (!scale.MaySleep && _awake is null)
            {
                _waking ??= Task.Run(LoadAsync);
            }
        }
    }

    public void Dispose()
    {
        T? awake;
        lock (_lock)
        {
            (awake, _awake) = (_awake, null);
            _closed.Cancel();
        }

        _timer.Dispose();
        awake?.Dispose();
    }

    private T? Enter()
    {
        lock (_lock)
        {
            _users += _awake is null ? 0 : 1;
            return _awake;
        }
    }

    /// <summary>Null when it is awake; all who wait wait for the same load.</summary>
    private async Task<Problem?> WakeAsync(CancellationToken cancellation)
    {
        Task<Result<Unit>> waking;
        lock (_lock)
        {
            if (_awake is not null)
            {
                return null;
            }

            waking = _waking ??= Task.Run(LoadAsync);
        }

        try
        {
            return (await waking.WaitAsync(_patience, _time, cancellation)).Problem;
        }
        catch (TimeoutException)
        {
            return Problem.Unavailable($"{_what} slept, and did not wake within {_patience.TotalSeconds:0} seconds", TimeSpan.FromSeconds(5));
        }
    }

    private async Task<Result<Unit>> LoadAsync()
    {
        _changed();
        Result<T> loaded;
        try
        {
            loaded = await _load(_scale, _closed.Token);
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            loaded = Problem.Unavailable($"{_what} is being unloaded");
        }

        lock (_lock)
        {
            (_waking, _trouble) = (null, loaded.Problem?.Message);
            if (loaded.Succeeded && !_closed.IsCancellationRequested)
            {
                (_awake, _lastUse) = (loaded.Value, _time.GetTimestamp());
                (_awake as IScaledModel)?.Scale(_scale);
            }
            else if (loaded.Succeeded)
            {
                loaded.Value.Dispose();
            }
        }

        _changed();
        return loaded.Succeeded ? Result.Ok : Problem.Unavailable($"{_what} slept and could not be loaded again: {loaded.Problem.Message}", TimeSpan.FromSeconds(5));
    }

    private void SleepIfIdle()
    {
        T? idle = null;
        lock (_lock)
        {
            if (_awake is not null && _users == 0 && _scale.MaySleep && _time.GetElapsedTime(_lastUse) >= _scale.IdleAfter)
            {
                (idle, _awake) = (_awake, null);
            }
        }

        if (idle is not null)
        {
            idle.Dispose();
            _changed();
        }
    }

    /// <summary>Often enough that the time to fall asleep is met within a quarter.</summary>
    private static TimeSpan Period(ScaleSpec scale) => TimeSpan.FromTicks(Math.Clamp(scale.IdleAfter.Ticks / 4, TimeSpan.TicksPerMillisecond * 20, TimeSpan.TicksPerSecond * 15));
}
