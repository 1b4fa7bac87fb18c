namespace Slipway.Serving.Runtimes.Python;

/// <summary>Requests that wait for whichever worker is free first: no worker is ever chosen while another one idles.</summary>
internal sealed class JobQueue
{
    private readonly Lock _lock = new();
    private readonly LinkedList<WorkerJob> _jobs = new();
    private readonly SemaphoreSlim _waiting = new(0);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _jobs.Count;
            }
        }
    }

    public void Add(WorkerJob job)
    {
        lock (_lock)
        {
            _jobs.AddLast(job);
        }

        _waiting.Release();
    }

    /// <summary>Before all others: it has waited its turn already.</summary>
    public void AddFirst(WorkerJob job)
    {
        lock (_lock)
        {
            _jobs.AddFirst(job);
        }

        _waiting.Release();
    }

    /// <summary>The next job that somebody still waits for, started.</summary>
    public async ValueTask<WorkerJob> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await _waiting.WaitAsync(cancellation);
            WorkerJob job;
            lock (_lock)
            {
                job = _jobs.First!.Value;
                _jobs.RemoveFirst();
            }

            if (job.TryStart())
            {
                return job;
            }

            job.Drop();
        }
    }
}
