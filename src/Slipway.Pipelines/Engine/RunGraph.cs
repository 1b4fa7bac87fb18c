using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Conditions;
using Slipway.PipelineLanguage.Execution;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Engine;

/// <summary>
/// What follows from what, within one run: which tasks may start, what they get, what a group comes to when its last task has ended. Pure: it changes only
/// itself and remembers what has changed (<see cref="TakeDirty"/>) and what waits for a slot (<see cref="Ready"/>); its owner writes and runs that. A step
/// costs the work of its own edges, whatever the size of the run. How it is rebuilt from rows is in RunGraph.Restore.cs.
/// </summary>
internal sealed partial class RunGraph(RunPlan plan, RunContext context, RunOptions options, string finalStatusOfSuccess, Func<string> newId)
{
    private readonly Stack<LiveTask> _unblocked = new();
    private readonly Queue<LiveTask> _ready = new();
    private List<LiveTask> _dirty = [];
    private HashSet<LiveTask> _isDirty = [];
    private long _numbers;
    private LiveTask? _firstFailure;
    private bool _heldBack;

    public LiveTask Root { get; private set; } = null!;

    /// <summary>Container and importer tasks in the order in which they became free to run.</summary>
    public Queue<LiveTask> Ready => _ready;

    public bool Canceling { get; private set; }

    public bool HasEnded => Root is { IsFinal: true };

    /// <summary>Tasks that an executor works on now.</summary>
    public int Executing { get; private set; }

    /// <summary>The run's fault in words: that of the task that failed first.</summary>
    public string? Failure => _firstFailure is { } task
        ? task.Parent is null ? task.Error : $"{task.Path[(PipelineSpec.RootName.Length + 1)..]}: {task.Error}"
        : null;

    /// <summary>Begins a run that has no rows yet.</summary>
    public void Start(TaskValues inputs, long now)
    {
        Root = NewTask(null, null, TaskKind.Dag, plan.Spec.Root, PipelineSpec.RootName, null, now);
        Root.Inputs = inputs;
        Begin(Root, now);
        Drain(now);
    }

    /// <summary>An attempt begins: its slot is there. Number it, and write it down before it runs.</summary>
    public void StartAttempt(LiveTask task, long now)
    {
        task.Attempt++;
        task.Error = null;
        task.Cause = TaskCause.None;
        task.Move(TaskEvent.Start, now);
        Executing++;
        Touch(task);
    }

    public void Succeed(LiveTask task, TaskValues outputs, long now)
    {
        Leave(task);
        task.Outputs = outputs;
        End(task, TaskEvent.Succeed, TaskCause.None, null, now);
        Drain(now);
    }

    /// <summary>The result of an earlier execution stands for this one.</summary>
    public void SucceedFromCache(LiveTask task, TaskValues outputs, string source, long now)
    {
        (task.Outputs, task.CachedFrom) = (outputs, source);
        End(task, TaskEvent.Succeed, TaskCause.Cached, null, now);
        Drain(now);
    }

    public void Skip(LiveTask task, TaskCause cause, long now)
    {
        Leave(task);
        End(task, TaskEvent.Skip, cause, null, now);
        Drain(now);
    }

    public void Fail(LiveTask task, TaskCause cause, string error, long now)
    {
        Leave(task);
        End(task, TaskEvent.Fail, cause, error, now);
        Drain(now);
    }

    public void CancelAttempt(LiveTask task, long now)
    {
        Leave(task);
        End(task, TaskEvent.Cancel, TaskCause.Cancel, "cancelled", now);
        Drain(now);
    }

    /// <summary>The attempt is over and another follows, not before <paramref name="notBefore"/>. The caller queues it again when that has come.</summary>
    public void GiveBack(LiveTask task, string error, long notBefore, long now)
    {
        Leave(task);
        (task.Error, task.NotBefore) = (error, notBefore);
        task.Move(TaskEvent.GiveBack, now);
        Touch(task);
    }

    /// <summary>No task starts any more, exit tasks included. What runs ends through <see cref="CancelAttempt"/>.</summary>
    public void Cancel(long now)
    {
        if (Canceling || HasEnded)
        {
            return;
        }

        Canceling = true;
        _ready.Clear();
        CancelWaiting(Root, now);
        Drain(now);
    }

    /// <summary>What has changed since the last call, in order, each once.</summary>
    public IReadOnlyList<LiveTask> TakeDirty()
    {
        var taken = _dirty;
        (_dirty, _isDirty) = ([], []);
        return taken;
    }

    private void Touch(LiveTask task)
    {
        if (task.Number == 0)
        {
            task.Number = ++_numbers;
        }

        if (_isDirty.Add(task))
        {
            _dirty.Add(task);
        }
    }

    private void Leave(LiveTask task)
    {
        if (task.State == TaskState.Running && task.Kind is TaskKind.Container or TaskKind.Importer)
        {
            Executing--;
        }
    }

    private LiveTask NewTask(TaskPlan? of, LiveTask? parent, TaskKind kind, ComponentSpec component, string path, int? iteration, long now) =>
        new() { Plan = of, Parent = parent, Kind = kind, Component = component, Path = path, Id = newId(), Iteration = iteration, Created = now };

    private void Drain(long now)
    {
        while (_unblocked.TryPop(out var task))
        {
            if (task is { State: TaskState.Running, Kind: TaskKind.Dag, Open: 0 })
            {
                CloseGraph(task, now);
            }
            else if (task is { State: TaskState.Pending, Iteration: not null })
            {
                // Its item is not what the component takes. Not ended at once, for the same reason.
                End(task, TaskEvent.Fail, TaskCause.Values, task.Error, now);
            }
            else
            {
                Evaluate(task, now);
            }
        }
    }

    /// <summary>Everything before the task has ended: may it start, and with what?</summary>
    private void Evaluate(LiveTask task, long now)
    {
        if (task.State != TaskState.Pending)
        {
            return;
        }

        var (graph, of) = (task.Parent!, task.Plan!);
        if (Held(task) is { } cause)
        {
            End(task, cause == TaskCause.Cancel ? TaskEvent.Cancel : TaskEvent.Skip, cause, null, now);
            return;
        }

        if (!TaskSemantics.Resolve(task, context, finalStatusOfSuccess).TryGet(out var inputs, out var problem))
        {
            End(task, TaskEvent.Fail, TaskCause.Values, problem.Message, now);
            return;
        }

        task.Inputs = inputs;
        if (of.Spec.Trigger.Condition is { } condition)
        {
            if (!Expressions.Condition(condition, inputs).TryGet(out var holds, out problem))
            {
                End(task, TaskEvent.Fail, TaskCause.Values, $"its condition {condition} could not be evaluated: {problem.Message}", now);
                return;
            }

            if (!holds)
            {
                End(task, TaskEvent.Skip, TaskCause.Condition, null, now);
                return;
            }
        }

        Begin(task, now);
    }

    private TaskCause? Held(LiveTask task)
    {
        var (graph, of) = (task.Parent!, task.Plan!);
        if (Canceling)
        {
            return TaskCause.Cancel;
        }

        if (options.Failure == FailureMode.Stop && _firstFailure is not null)
        {
            return TaskCause.FailFast;
        }

        if (of.Spec.Trigger.WaitsForAnyEnd)
        {
            return null;
        }

        return options.Failure == FailureMode.FailFast && graph.AnyFailed ? TaskCause.FailFast
            : of.Upstream.Any(u => graph.Children[u].State != TaskState.Succeeded) ? TaskCause.Upstream
            : null;
    }

    /// <summary>Starts a task, or one iteration of it, whose inputs are there.</summary>
    private void Begin(LiveTask task, long now)
    {
        switch (task.Kind)
        {
            case TaskKind.Dag:
                task.Move(TaskEvent.Start, now);
                Touch(task);
                Open(task, now);
                break;
            case TaskKind.Loop:
                BeginLoop(task, now);
                break;
            default:
                task.Move(TaskEvent.Queue, now);
                Touch(task);
                _ready.Enqueue(task);
                break;
        }
    }

    private void Open(LiveTask task, long now)
    {
        MakeChildren(task, now);
        if (task.Open == 0)
        {
            // Not at once: a loop of ten thousand empty graphs would otherwise be ten thousand calls deep.
            _unblocked.Push(task);
            return;
        }

        // Backwards, because the stack turns them round: tasks without an order start in the order in which they were written.
        for (var i = task.Children.Count - 1; i >= 0; i--)
        {
            if (task.Children[i].Waiting == 0)
            {
                _unblocked.Push(task.Children[i]);
            }
        }
    }

    private void MakeChildren(LiveTask task, long now)
    {
        task.Graph = plan.Graph(task.Component);
        foreach (var of in task.Graph.Tasks)
        {
            var child = NewTask(of, task, of.Spec.IsLoop ? TaskKind.Loop : of.UnitKind, of.Component, $"{task.Path}/{of.Name}", null, now);
            child.Waiting = of.Upstream.Count;
            task.Children.Add(child);
        }

        task.Open = task.Children.Count;
    }

    /// <summary>Gives a task its final state and tells what waits for it.</summary>
    private void End(LiveTask task, TaskEvent happened, TaskCause cause, string? error, long now)
    {
        (task.Cause, task.Error) = (cause, error);
        task.Move(happened, now);
        Touch(task);
        if (task.State == TaskState.Failed && cause != TaskCause.Inside)
        {
            _firstFailure ??= task;
        }

        if (task.Parent is not { } parent)
        {
            return;
        }

        parent.Open--;
        if (task.State == TaskState.Failed)
        {
            OnFailureInside(parent, now);
        }

        if (parent.Kind == TaskKind.Loop)
        {
            ContinueLoop(parent, now);
            return;
        }

        foreach (var next in task.Plan!.Downstream)
        {
            if (--parent.Children[next].Waiting == 0)
            {
                _unblocked.Push(parent.Children[next]);
            }
        }

        if (parent.Open == 0)
        {
            CloseGraph(parent, now);
        }
    }

    private void CloseGraph(LiveTask graph, long now)
    {
        if (Close(graph, now))
        {
            graph.Outputs = Outputs.OfGraph(graph.Graph!.Dag, name => TaskSemantics.OutputsOf(graph, name));
            End(graph, TaskEvent.Succeed, TaskCause.None, null, now);
        }
    }

    /// <summary>True when the group succeeded; else it is given its end here.</summary>
    private bool Close(LiveTask group, long now)
    {
        if (group.Children.FirstOrDefault(c => c.State == TaskState.Failed) is { } failed)
        {
            var inside = failed.Cause == TaskCause.Inside ? failed.Error : $"task {failed.Name} failed: {failed.Error}";
            End(group, TaskEvent.Fail, TaskCause.Inside, inside, now);
            return false;
        }

        if (Canceling && (group.Children.Any(c => c.State == TaskState.Canceled) || group.Open > 0))
        {
            End(group, TaskEvent.Cancel, TaskCause.Cancel, null, now);
            return false;
        }

        return true;
    }
}
