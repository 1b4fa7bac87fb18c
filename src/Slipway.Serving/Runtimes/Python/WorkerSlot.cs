using Microsoft.Extensions.Logging;
using Slipway.Compute.Logs;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Runtimes.Python;

/// <summary>What the workers of one model share.</summary>
internal sealed record WorkerCrew(WorkerPlan Plan, WorkerHost Host, WorkerOptions Options, JobQueue Queue, TimeProvider Time, ILogger Log)
{
    /// <summary>Called when a worker came, went or failed.</summary>
    public required Action Changed { get; init; }
}

/// <summary>
/// The place of one worker: keeps a process in it, hands it requests, and puts another in its stead when it ends. A request whose worker ended is given to
/// another one once: predicting twice harms nobody.
/// </summary>
internal sealed class WorkerSlot
{
    private const int MostEnds = 2;

    private readonly WorkerCrew _crew;
    private readonly int _place;
    private readonly CancellationTokenSource _stop = new();
    private volatile string? _trouble;
    private volatile bool _ready;
    private int _ends;

    /// <param name="first">A worker that is there already.</param>
    public WorkerSlot(WorkerCrew crew, int place, WorkerProcess? first, LogWriter? log)
    {
        (_crew, _place, _ready) = (crew, place, first is not null);
        Loop = Task.Run(() => LoopAsync(first, log));
    }

    public bool IsReady => _ready;

    /// <summary>Why it has no worker, or what became of its last one; null when all is well.</summary>
    public string? Trouble => _trouble;

    /// <summary>Workers have ended so often that waiting for the next is no use.</summary>
    public bool IsHopeless => !_ready && Volatile.Read(ref _ends) >= RestartDelay.Hopeless;

    /// <summary>Ends when its last worker has gone.</summary>
    public Task Loop { get; }

    private bool IsOver => _stop.IsCancellationRequested || _crew.Host.Stops;

    /// <summary>Lets the request at hand end, then the worker.</summary>
    public void Stop() => _stop.Cancel();

    private async Task LoopAsync(WorkerProcess? worker, LogWriter? given)
    {
        using var log = given ?? _crew.Host.OpenLog(_crew.Plan.Model.Namespace, _crew.Plan.Model.Name, _place);
        try
        {
            while (!IsOver)
            {
                var since = _crew.Time.GetTimestamp();
                if (worker is null && !(await StartAsync(log)).TryGet(out worker, out var problem))
                {
                    await FailAsync(problem.Message, log);
                    continue;
                }

                Tell(true, null);
                var atOnce = await ServeAsync(worker);
                _ready = false;
                var why = await worker.EndAsync(atOnce);
                worker = null;
                if (_crew.Time.GetElapsedTime(since) > RestartDelay.Healthy)
                {
                    Volatile.Write(ref _ends, 0);
                }

                await FailAsync(why, log);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped while it started or waited.
        }
        finally
        {
            if (worker is not null)
            {
                await worker.DisposeAsync();
            }

            Tell(false, null);
        }
    }

    private Task<Result<WorkerProcess>> StartAsync(LogWriter log) =>
        WorkerProcess.StartAsync(_crew.Plan, _place, _crew.Host, _crew.Options, log, _crew.Time, _stop.Token);

    /// <summary>Hands it requests until it ends or is stopped; true when it must not be waited for.</summary>
    private async Task<bool> ServeAsync(WorkerProcess worker)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, worker.Died);
        while (true)
        {
            WorkerJob job;
            try
            {
                job = await _crew.Queue.TakeAsync(until.Token);
            }
            catch (OperationCanceledException)
            {
                return worker.Died.IsCancellationRequested;
            }

            var (fate, answer) = await worker.AskAsync(job, job.Limit ?? _crew.Plan.PredictLimit);
            if (fate == WorkerFate.Answered || fate == WorkerFate.Hung)
            {
                job.Complete(answer);
            }
            else
            {
                PassOn(job, fate);
            }

            if (fate != WorkerFate.Answered)
            {
                return true;
            }
        }
    }

    private void PassOn(WorkerJob job, WorkerFate fate)
    {
        job.Ends += fate == WorkerFate.Ended ? 1 : 0;
        if (job.Ends >= MostEnds)
        {
            job.Complete(Problem.Unavailable($"Two workers of the {_crew.Plan.What} ended over this request, one after the other; see the service's status", TimeSpan.FromSeconds(5)));
        }
        else if (job.TryAgain())
        {
            _crew.Queue.AddFirst(job);
        }
        else
        {
            job.Drop();
        }
    }

    /// <summary>Says why there is no worker and waits until the next may start; nothing when none is to.</summary>
    private async Task FailAsync(string why, LogWriter log)
    {
        if (IsOver)
        {
            return;
        }

        var ends = Interlocked.Increment(ref _ends);
        var delay = RestartDelay.After(ends);
        var words = $"Worker {_place} of {_crew.Plan.Model.Name}: {why} It is started again{(delay > TimeSpan.Zero ? $" in {delay.TotalSeconds:0.##} seconds" : "")}.";
        _crew.Log.LogWarning("{Words}", words);
        if (ends >= RestartDelay.Hopeless && await _crew.Host.LastWordsAsync(log) is { Length: > 0 } last)
        {
            words = $"{words} It has ended {ends} times in a row; the last it said: {last}";
        }

        log.Say(words);
        Tell(false, words);
        await Task.Delay(delay, _crew.Time, _stop.Token);
    }

    private void Tell(bool ready, string? trouble)
    {
        (_ready, _trouble) = (ready, trouble);
        _crew.Changed();
    }
}
