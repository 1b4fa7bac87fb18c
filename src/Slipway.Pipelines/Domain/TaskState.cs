using Slipway.Kernel.States;

namespace Slipway.Pipelines.Domain;

internal enum TaskState
{
    /// <summary>Waits for what stands before it. A task without a row is pending.</summary>
    Pending,
    /// <summary>Nothing holds it back but a free slot, or the wait before its next attempt.</summary>
    Queued,
    Running,
    Succeeded,
    Failed,
    Skipped,
    Canceled,
}

internal enum TaskEvent
{
    Queue,
    Start,
    Succeed,
    Fail,
    Skip,
    Cancel,
    /// <summary>The attempt is over but another one follows: a failure with attempts left, or its server is gone.</summary>
    GiveBack,
}

/// <summary>Every change of a task's state there is.</summary>
internal static class TaskTransitions
{
    public static TransitionTable<TaskState, TaskEvent> Table { get; } = new TransitionTable<TaskState, TaskEvent>()
        .On(TaskEvent.Queue, TaskState.Pending, TaskState.Queued)
        .On(TaskEvent.Start, TaskState.Pending, TaskState.Running)
        .On(TaskEvent.Start, TaskState.Queued, TaskState.Running)
        .On(TaskEvent.Skip, TaskState.Pending, TaskState.Skipped)
        .On(TaskEvent.Skip, TaskState.Queued, TaskState.Skipped)
        .On(TaskEvent.Skip, TaskState.Running, TaskState.Skipped)
        .On(TaskEvent.Fail, TaskState.Pending, TaskState.Failed)
        .On(TaskEvent.Fail, TaskState.Queued, TaskState.Failed)
        .On(TaskEvent.Fail, TaskState.Running, TaskState.Failed)
        .On(TaskEvent.Succeed, TaskState.Pending, TaskState.Succeeded)
        .On(TaskEvent.Succeed, TaskState.Queued, TaskState.Succeeded)
        .On(TaskEvent.Succeed, TaskState.Running, TaskState.Succeeded)
        .On(TaskEvent.GiveBack, TaskState.Running, TaskState.Queued)
        .On(TaskEvent.Cancel, TaskState.Pending, TaskState.Canceled)
        .On(TaskEvent.Cancel, TaskState.Queued, TaskState.Canceled)
        .On(TaskEvent.Cancel, TaskState.Running, TaskState.Canceled);

    public static bool IsFinal(TaskState state) => state is TaskState.Succeeded or TaskState.Failed or TaskState.Skipped or TaskState.Canceled;

    public static TaskState Next(TaskState from, TaskEvent happened) =>
        Table.TryNext(from, happened, out var to) ? to : throw new InvalidOperationException($"A task cannot {happened} while {from}.");
}

/// <summary>Why a task stands where it stands; shown beside its state.</summary>
internal enum TaskCause
{
    None,
    /// <summary>Its result was taken from an earlier execution.</summary>
    Cached,
    /// <summary>Its condition was false.</summary>
    Condition,
    /// <summary>Something before it did not succeed.</summary>
    Upstream,
    /// <summary>Something else failed, and the run was to stop then.</summary>
    FailFast,
    /// <summary>The run was cancelled.</summary>
    Cancel,
    /// <summary>Its own process, component or server failed it.</summary>
    Step,
    /// <summary>Its inputs, outputs or condition could not be worked out.</summary>
    Values,
    /// <summary>It, or the run, took longer than it may.</summary>
    Timeout,
    /// <summary>Servers died while it ran, too often to try again.</summary>
    LostServers,
    /// <summary>A task inside it failed.</summary>
    Inside,
}

internal enum TaskKind
{
    Dag,
    Loop,
    Container,
    Importer,
}
