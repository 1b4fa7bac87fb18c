using System.Runtime.CompilerServices;
using Slipway.Compute.Logs;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Logs;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Runs;

/// <summary>The log of one attempt at a task.</summary>
internal sealed record LogPlace(string Run, string Path, string TaskId, long Attempt);

/// <summary>Logs by run and task.</summary>
internal sealed class LogService(RunStore store, RunLogs logs, LogArchive archive, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <param name="ns">Null: any.</param>
    /// <param name="task">Its path, with or without <c>root/</c>, or its id.</param>
    /// <param name="attempt">Null: the newest.</param>
    public async Task<Result<LogPlace>> FindAsync(string? ns, string run, string task, long? attempt, CancellationToken cancellation)
    {
        if (await store.FindAsync(run, cancellation) is not { } row || (ns is not null && row.Namespace != ns))
        {
            return Problem.NotFound($"pipeline run {run}");
        }

        var path = task.StartsWith("root", StringComparison.Ordinal) ? task : "root/" + task;
        if (await store.FindTaskAsync(run, path, task, cancellation) is not { } found)
        {
            return Problem.NotFound($"task {task} of pipeline run {run}, or it has not begun,");
        }

        var place = new LogPlace(run, found.Path, found.Id, attempt ?? found.Attempt);
        return (await archive.FetchAsync(run, found.Id, place.Attempt, place.Attempt == found.Attempt ? found.Detail : null, cancellation)).Select(_ => place);
    }

    /// <param name="tail">Only so many last lines; null for all.</param>
    public async IAsyncEnumerable<LogLine> ReadAsync(LogPlace place, long from, long? tail, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var start = tail is { } lines
            ? await logs.TailOffsetAsync(place.Run, place.TaskId, place.Attempt, (int)Math.Min(lines, int.MaxValue), cancellation)
            : from;
        await foreach (var line in logs.ReadAsync(place.Run, place.TaskId, place.Attempt, start, false, cancellation))
        {
            yield return line;
        }
    }

    /// <summary>All lines, those to come too, attempt after attempt, until the task has ended.</summary>
    /// <param name="from">The attempt to begin with; 0 is the newest.</param>
    public async IAsyncEnumerable<(long Attempt, LogLine Line)> FollowAsync(LogPlace place, long from, long offset, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (attempt, at) = (from == 0 ? Math.Max(1, place.Attempt) : from, offset);
        while (await store.FindTaskAsync(place.Run, place.Path, place.Path, cancellation) is { } task)
        {
            // Asked before the log is read to its end: what was written before the end is then seen.
            var over = TaskTransitions.IsFinal(task.StateValue);
            if (over && task.Attempt == attempt)
            {
                await archive.FetchAsync(place.Run, task.Id, attempt, task.Detail, cancellation);
            }

            await foreach (var line in logs.ReadAsync(place.Run, task.Id, attempt, at, follow: true, cancellation))
            {
                at = line.Next;
                yield return (attempt, line);
            }

            if (task.Attempt > attempt)
            {
                (attempt, at) = (attempt + 1, 0);
            }
            else if (over)
            {
                yield break;
            }
            else
            {
                await Task.Delay(Pause, time, cancellation);
            }
        }
    }
}
