using Slipway.PipelineLanguage.Execution;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Engine;

/// <summary>
/// A run taken over: the rows say what has ended and what had begun, everything else follows from that again. A task that was being executed was so by a
/// server that is gone: it is given back, and counted.
/// </summary>
internal sealed partial class RunGraph
{
    private readonly List<LiveTask> _toClose = [];

    /// <param name="mostLost">A task during which more servers than this have died is not tried again: it may be what kills them.</param>
    public void Restore(IReadOnlyList<TaskRow> rows, int mostLost, long now)
    {
        var byPath = rows.ToDictionary(r => r.Path, StringComparer.Ordinal);
        _numbers = rows.Count == 0 ? 0 : rows.Max(r => r.Number);
        var root = byPath[PipelineLanguage.Ir.PipelineSpec.RootName];
        Root = NewTask(null, null, TaskKind.Dag, plan.Spec.Root, root.Path, null, now);
        Root.Restore(root);
        var lost = new List<LiveTask>();
        RestoreInside(Root, byPath, lost, now);
        foreach (var task in lost)
        {
            LoseServer(task, mostLost, now);
        }

        foreach (var group in _toClose.Where(g => !g.IsFinal))
        {
            CloseRestored(group, now);
        }

        _toClose.Clear();
        Drain(now);
    }

    private void RestoreInside(LiveTask group, Dictionary<string, TaskRow> rows, List<LiveTask> lost, long now)
    {
        if (group.Kind == TaskKind.Loop)
        {
            RestoreIterations(group, rows, lost, now);
        }
        else
        {
            RestoreGraph(group, rows, lost, now);
        }
    }

    private void RestoreGraph(LiveTask graph, Dictionary<string, TaskRow> rows, List<LiveTask> lost, long now)
    {
        MakeChildren(graph, now);
        foreach (var child in graph.Children)
        {
            RestoreTask(child, rows, lost, now);
        }

        foreach (var child in graph.Children)
        {
            child.Waiting = child.Plan!.Upstream.Count(u => !graph.Children[u].IsFinal);
        }

        graph.Open = graph.Children.Count(c => !c.IsFinal);
        for (var i = graph.Children.Count - 1; i >= 0; i--)
        {
            if (graph.Children[i] is { State: TaskState.Pending, Waiting: 0 } free)
            {
                _unblocked.Push(free);
            }
        }

        if (graph.Open == 0)
        {
            _toClose.Add(graph);
        }
    }

    private void RestoreIterations(LiveTask loop, Dictionary<string, TaskRow> rows, List<LiveTask> lost, long now)
    {
        loop.Items = LoopItems.Of(loop.Plan!.Spec, loop.Inputs!).OrThrow();
        var begun = -1;
        for (var i = loop.Items.Count - 1; i >= 0 && begun < 0; i--)
        {
            begun = rows.ContainsKey($"{loop.Path}[{i}]") ? i : -1;
        }

        for (var i = 0; i <= begun; i++)
        {
            var iteration = NewIteration(loop, i, now);
            if (rows.ContainsKey(iteration.Path))
            {
                RestoreTask(iteration, rows, lost, now);
            }
            else
            {
                // Taken away for a retry, while later ones stand.
                loop.Held.Enqueue(iteration);
            }
        }

        loop.Open = loop.Items.Count - loop.Children.Count(c => c.IsFinal);
        _toClose.Add(loop);
    }

    private void RestoreTask(LiveTask task, Dictionary<string, TaskRow> rows, List<LiveTask> lost, long now)
    {
        if (!rows.TryGetValue(task.Path, out var row))
        {
            return;
        }

        task.Restore(row);
        if (task.IsFinal)
        {
            if (task.State == TaskState.Failed)
            {
                task.Parent!.AnyFailed = true;
                if (task.Cause != TaskCause.Inside && (_firstFailure is null || task.Finished < _firstFailure.Finished))
                {
                    _firstFailure = task;
                }
            }

            return;
        }

        switch (task)
        {
            case { Kind: TaskKind.Dag or TaskKind.Loop }:
                RestoreInside(task, rows, lost, now);
                break;
            case { State: TaskState.Running }:
                lost.Add(task);
                break;
            default:
                _ready.Enqueue(task);
                break;
        }
    }

    private void LoseServer(LiveTask task, int mostLost, long now)
    {
        task.Lost++;
        Executing++;
        if (task.Lost > mostLost)
        {
            Leave(task);
            End(task, TaskEvent.Fail, TaskCause.LostServers, $"the server died {task.Lost} times while this task ran; it is not tried again, since it may be what kills it", now);
            return;
        }

        GiveBack(task, "the server that ran this attempt is gone", now, now);
        _ready.Enqueue(task);
    }

    /// <summary>Rows of one moment may have been written in several transactions: a group's last task may stand there without the group's end.</summary>
    private void CloseRestored(LiveTask group, long now)
    {
        if (group.Kind == TaskKind.Dag)
        {
            CloseGraph(group, now);
            return;
        }

        var limit = group.Plan!.Spec.ParallelismLimit;
        var running = group.Children.Count(c => !c.IsFinal) - group.Held.Count;
        while (HasMoreToBegin(group) && (limit <= 0 || running < limit))
        {
            BeginNext(group, now);
            running++;
        }

        if (running == 0)
        {
            CloseLoop(group, now);
        }
    }
}
