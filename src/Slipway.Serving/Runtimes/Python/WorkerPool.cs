using Slipway.Compute.Logs;
using Slipway.Kernel.Problems;
using Slipway.Serving.Artifacts;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>The worker processes of one model, or of one piece of the user's code: as many as its load asks for, each with one request at a time.</summary>
internal sealed class WorkerPool : IScaledModel, IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly WorkerCrew _crew;
    private readonly UnpackedModels.Lease _folder;
    private readonly WorkerLoad _load;
    private readonly Autoscaler _autoscaler = new();
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly List<WorkerSlot> _slots = [];
    private readonly List<Task> _leaving = [];
    private readonly long _started;
    private ScaleSpec _scale;
    private bool _closed;
    private long _ids;

    /// <param name="first">The worker that told what it takes and gives; it is this pool's.</param>
    public WorkerPool(WorkerCrew crew, WorkerProcess first, LogWriter log, UnpackedModels.Lease folder)
    {
        (_crew, _folder, _scale, Loaded) = (crew, folder, crew.Plan.Model.Scale, first.Loaded);
        (_load, _started) = (new WorkerLoad(crew.Time), crew.Time.GetTimestamp());
        _slots.Add(new WorkerSlot(crew, 0, first, log));
        Adjust(Math.Max(1, _scale.Min));
        _timer = crew.Time.CreateTimer(_ => Follow(), null, crew.Options.ScaleEvery, crew.Options.ScaleEvery);
    }

    /// <summary>What the first worker said when it had loaded.</summary>
    public WorkerMessage Loaded { get; }

    public ReplicaState Replicas
    {
        get
        {
            lock (_lock)
            {
                return new ReplicaState(_slots.Count, _slots.Count(s => s.IsReady), _slots.Select(s => s.Trouble).FirstOrDefault(t => t is not null));
            }
        }
    }

    public long NextId() => Interlocked.Increment(ref _ids);

    /// <summary>Has the job done by whichever worker is free first.</summary>
    public async ValueTask<Result<WorkerAnswer>> AskAsync(WorkerJob job, CancellationToken cancellation)
    {
        _load.Enter();
        try
        {
            using var limit = new CancellationTokenSource(_crew.Options.WaitLimit, _crew.Time);
            await using var waited = limit.Token.UnsafeRegister(_ => job.Refuse(TooLong()), null).ConfigureAwait(false);
            await using var left = cancellation.UnsafeRegister((_, token) => job.Leave(token), null).ConfigureAwait(false);
            _crew.Queue.Add(job);
            return await job.Answer;
        }
        finally
        {
            _load.Leave();
        }
    }

    /// <summary>Why it cannot be asked at this moment; null when it can.</summary>
    public Problem? Refuse()
    {
        if (_crew.Queue.Count >= _crew.Options.Queue)
        {
            return Problem.Unavailable($"{_crew.Options.Queue} requests wait for the {_crew.Plan.What}'s workers already", Soon);
        }

        lock (_lock)
        {
            return _slots.Count > 0 && _slots.All(s => s.IsHopeless)
                ? Problem.Unavailable($"The {_crew.Plan.What} has no worker. {_slots[0].Trouble}", TimeSpan.FromSeconds(5))
                : null;
        }
    }

    public void Scale(ScaleSpec scale)
    {
        lock (_lock)
        {
            _scale = scale;
            Adjust(Math.Clamp(_slots.Count, Math.Max(1, scale.Min), Math.Max(1, scale.Max)));
        }
    }

    /// <summary>Nobody asks any more: the workers end, and then their folder goes.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        Task[] all;
        lock (_lock)
        {
            _closed = true;
            Adjust(0);
            all = [.. _leaving];
        }

        Gone = EndAsync(all);
    }

    /// <summary>Ends, after <see cref="Dispose"/>, when no process is left.</summary>
    public Task Gone { get; private set; } = Task.CompletedTask;

    private async Task EndAsync(Task[] workers)
    {
        await Task.WhenAll(workers);
        await _folder.DisposeAsync();
    }

    private Problem TooLong() => Problem.Unavailable($"No worker of the {_crew.Plan.What} was free within {_crew.Options.WaitLimit.TotalSeconds:0} seconds", Soon);

    private void Follow()
    {
        var (concurrency, perSecond) = _load.Take();
        lock (_lock)
        {
            if (!_closed)
            {
                var load = _scale.Metric == ScaleMetric.Rps ? perSecond : concurrency;
                Adjust(_autoscaler.Decide(_scale, _crew.Time.GetElapsedTime(_started), load));
            }
        }
    }

    private void Adjust(int wanted)
    {
        lock (_lock)
        {
            var before = _slots.Count;
            _leaving.RemoveAll(t => t.IsCompleted);
            while (_slots.Count < wanted)
            {
                _slots.Add(new WorkerSlot(_crew, _slots.Count, null, null));
            }

            while (_slots.Count > wanted)
            {
                var last = _slots[^1];
                _slots.RemoveAt(_slots.Count - 1);
                _leaving.Add(last.Loop);
                last.Stop();
            }

            if (before != _slots.Count && !_closed)
            {
                _crew.Changed();
            }
        }
    }
}
