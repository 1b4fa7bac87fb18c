using Slipway.PipelineLanguage.Ir;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Execution;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Steps;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Engine;

/// <summary>Attempts at tasks: started after they were written down, judged when they end.</summary>
internal sealed partial class LiveRun
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(10);

    private void Launch(LiveTask task)
    {
        var stop = new CancellationTokenSource();
        var (of, slot) = (task.Plan!, SlotOf(task));
        var platform = of.Component.ExecutorLabel is { } label ? _plan.Spec.Platform?.Executors.GetValueOrDefault(label) : null;
        var attempt = new StepAttempt(
            Context, task.Id, task.Path, of.Name, task.Iteration, task.Attempt, of.Spec, of.Component, of.Executor!, platform, task.Inputs!)
        {
            PlatformNames = platform is null ? new Dictionary<TaskParameter, string>() : TaskSemantics.PlatformNames(task, platform, Context),
            ImageDigest = of.Executor is ExecutorSpec.Container { Spec.Image: var image } ? _images.GetValueOrDefault(image) : null,
        };
        _running.Add(task, new Attempt(stop, Task.Run(() => ExecuteAsync(task, attempt, stop.Token)), slot));
    }

    private async Task ExecuteAsync(LiveTask task, StepAttempt attempt, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        StepOutcome outcome;
        try
        {
            outcome = await _parts.Steps.RunAsync(attempt, cancellation);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            outcome = cancellation.IsCancellationRequested
                ? new StepOutcome.Stopped()
                : new StepOutcome.Failed(TaskCause.Step, $"the step failed unexpectedly: {exception.Message}");
            if (outcome is StepOutcome.Failed)
            {
                LogStepThrew(exception, Id, attempt.Path);
            }
        }

        _inbox.Writer.TryWrite(new Message.Ended(task, outcome, Stopwatch.GetElapsedTime(started)));
    }

    private void OnAttemptEnded(LiveTask task, StepOutcome outcome, TimeSpan elapsed)
    {
        _running.Remove(task, out var attempt);
        attempt!.Stop.Dispose();
        _returned[(int)attempt.Slot]++;
        task.Detail = outcome.Detail?.ToJsonString();
        _objects.AddRange(outcome.Objects);
        _parts.Metrics.OnStepEnded(attempt.Slot.ToString(), outcome.GetType().Name, elapsed);
        switch (outcome)
        {
            case StepOutcome.Succeeded succeeded:
                _graph.Succeed(task, succeeded.Outputs, Now);
                Record(task);
                Remember(task, succeeded.Detail);
                break;
            case StepOutcome.Skipped:
                _graph.Skip(task, TaskCause.Condition, Now);
                break;
            case StepOutcome.Failed failed when !_graph.Canceling:
                OnFailure(task, failed);
                break;
            case StepOutcome.Stopped when _leaving && !_graph.Canceling:
                // It did not come to its end, and that was not its fault.
                task.Attempt--;
                _graph.GiveBack(task, "the server ended in order while this attempt ran", 0, Now);
                break;
            case StepOutcome.Stopped or StepOutcome.Failed:
                _graph.CancelAttempt(task, Now);
                break;
        }

        if (task.IsFinal)
        {
            // Everything that is asked of it from now on is its outputs.
            _forget.Add(task);
        }
    }

    private void OnFailure(LiveTask task, StepOutcome.Failed failed)
    {
        LogStepFailed(Id, task.Path, task.Attempt, failed.Error);
        var wait = failed.Passing && task.Tries < _parts.Options.MaxAttempts
            ? TimeSpan.FromMilliseconds(Math.Min(30_000, 200 * Math.Pow(2, task.Tries - 1)))
            : RetryDelay.Before(task.Plan!.Spec.Retry, (int)task.Tries);
        if (wait is null || _leaving)
        {
            _graph.Fail(task, failed.Cause, failed.Error, Now);
            return;
        }

        _graph.GiveBack(task, failed.Error, Now + (long)wait.Value.TotalMicroseconds, Now);
        WakeAt(task.NotBefore, new Message.Due(task));
    }

    /// <summary>The lineage: which artifacts went in and which came out.</summary>
    private void Record(LiveTask task)
    {
        var at = Now;
        _artifacts.AddRange(ArtifactRows.Of(Id, _row.Namespace, task, "in", task.Inputs, at, _parts.NewId));
        _artifacts.AddRange(ArtifactRows.Of(Id, _row.Namespace, task, "out", task.Outputs, at, _parts.NewId));
    }

    private void Remember(LiveTask task, JsonObject? detail)
    {
        // An image that was pulled for this attempt was not known before it.
        if (task.Fingerprint is not null && detail?["imageDigest"] is { } image)
        {
            task.Fingerprint = TaskSemantics.Fingerprint(_plan.Spec, task, (string?)image);
        }

        if (task.Fingerprint is { } fingerprint)
        {
            _cache.Add(new CacheRow(_row.Namespace, fingerprint) { RunId = Id, Path = task.Path, Outputs = task.Outputs!.ToJson(), Created = Now });
        }
    }

    private void CancelAttempts()
    {
        foreach (var attempt in _running.Values)
        {
            attempt.Stop.Cancel();
        }
    }

    private async Task StopAttemptsAsync()
    {
        await _ended.CancelAsync();
        CancelAttempts();
        foreach (var attempt in _running.Values)
        {
            await attempt.Work;
            attempt.Stop.Dispose();
            _returned[(int)attempt.Slot]++;
        }
    }

    private async Task CommitAsync()
    {
        var tasks = _graph.TakeDirty();
        var at = 0;
        do
        {
            var rows = tasks.Skip(at).Take(MostRowsPerCommit).Select(t => t.ToRow(Id)).ToList();
            at += MostRowsPerCommit;
            var last = at >= tasks.Count;
            if (rows.Count > 0 || (last && (_rowChanged || _artifacts.Count > 0)))
            {
                await WriteAsync(new RunCommit(
                    Id, _row.Owner!, _row.Token, rows, last ? [.. _artifacts] : [], last ? [.. _cache] : [], last && _rowChanged ? _row : null)
                {
                    Objects = last ? [.. _objects] : [], Sources = last ? [.. _sources] : [],
                });
            }
        }
        while (at < tasks.Count);

        _artifacts.Clear();
        _cache.Clear();
        _objects.Clear();
        _sources.Clear();
        _rowChanged = false;
        foreach (var task in _forget)
        {
            task.Inputs = null;
        }

        _forget.Clear();
    }

    /// <summary>Goes on trying while the database is away: what has happened is not lost for that.</summary>
    private async Task WriteAsync(RunCommit commit)
    {
        for (var wait = TimeSpan.FromMilliseconds(100); ; wait = wait * 2 < MostWait ? wait * 2 : MostWait)
        {
            var written = await _parts.Store.CommitAsync(commit, CancellationToken.None);
            if (written.Succeeded)
            {
                return;
            }

            if (written.Problem.Code != ProblemCode.Unavailable || _parts.Stopping.IsCancellationRequested)
            {
                throw new ProblemException(written.Problem);
            }

            LogWaiting(Id, written.Problem.Message);
            await Task.Delay(wait, _parts.Time, CancellationToken.None);
        }
    }

    private async Task FailWholeAsync(string error)
    {
        try
        {
            if (!RunTransitions.IsFinal(_row.StateValue))
            {
                _row = _row with { State = nameof(RunState.Failed), Finished = Now, Error = error };
                await WriteAsync(new RunCommit(Id, _row.Owner!, _row.Token, [], [], [], _row));
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The database is away or refuses even this; the run is taken up again at the next start.
            LogBroken(exception, Id);
        }
    }

    [LoggerMessage(LogLevel.Error, "Run {Run}, task {Path} threw")]
    private partial void LogStepThrew(Exception exception, string run, string path);

    [LoggerMessage(LogLevel.Warning, "Run {Run}, task {Path}, attempt {Attempt}: {Error}")]
    private partial void LogStepFailed(string run, string path, long attempt, string error);

    [LoggerMessage(LogLevel.Warning, "Run {Run} waits for the database: {Reason}")]
    private partial void LogWaiting(string run, string reason);
}
