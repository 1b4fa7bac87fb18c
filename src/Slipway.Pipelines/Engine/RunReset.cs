using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Storage;

namespace Slipway.Pipelines.Engine;

/// <summary>
/// What of a run that has ended must go so that it can go on: the tasks to be done again with everything after them. What lies before and beside them stands,
/// and the groups around them are open again. Pure.
/// </summary>
internal sealed class RunReset
{
    private readonly RunPlan _plan;
    private readonly IReadOnlyDictionary<string, TaskRow> _rows;
    private readonly ILookup<string?, TaskRow> _inside;
    private readonly Func<TaskRow, bool> _again;

    private RunReset(RunPlan plan, IReadOnlyList<TaskRow> rows, Func<TaskRow, bool> again)
    {
        (_plan, _again) = (plan, again);
        _rows = rows.ToDictionary(r => r.Path, StringComparer.Ordinal);
        _inside = rows.ToLookup(r => r.Parent);
    }

    /// <summary>Rows that are taken away: their tasks are as if they had never begun.</summary>
    public HashSet<string> Gone { get; } = new(StringComparer.Ordinal);

    /// <summary>Groups that run again with some of what is in them.</summary>
    public HashSet<string> Reopened { get; } = new(StringComparer.Ordinal);

    /// <summary>All that did not succeed, unless its own condition was false.</summary>
    public static RunReset OfFailures(RunPlan plan, IReadOnlyList<TaskRow> rows) =>
        Make(plan, rows, r => r.StateValue is TaskState.Failed or TaskState.Canceled || (r.StateValue == TaskState.Skipped && r.CauseValue != TaskCause.Condition));

    /// <summary>One task, whatever became of it.</summary>
    public static RunReset From(RunPlan plan, IReadOnlyList<TaskRow> rows, string path) => Make(plan, rows, r => r.Path == path);

    private static RunReset Make(RunPlan plan, IReadOnlyList<TaskRow> rows, Func<TaskRow, bool> again)
    {
        var reset = new RunReset(plan, rows, again);
        if (reset._rows.TryGetValue(PipelineSpec.RootName, out var root))
        {
            if (reset.Graph(root, plan.Spec.Root))
            {
                reset.Reopened.Add(root.Path);
            }
            else if (again(root))
            {
                reset.Remove(root);
            }
        }

        return reset;
    }

    private bool Graph(TaskRow graph, ComponentSpec component)
    {
        var of = _plan.Graph(component);
        var changed = new bool[of.Tasks.Count];
        foreach (var task in of.Order)
        {
            var before = task.Upstream.Any(u => changed[u]);
            var row = _rows.GetValueOrDefault($"{graph.Path}/{task.Name}");
            changed[task.Index] = before ? Remove(row) || before : row is not null && Unit(row, task.Component, task.Spec.IsLoop);
        }

        return changed.Any(c => c);
    }

    private bool Unit(TaskRow row, ComponentSpec component, bool isLoop)
    {
        var inside = isLoop ? _inside[row.Path].Aggregate(false, (any, iteration) => Unit(iteration, component, false) || any)
            : component.Dag is not null && _inside[row.Path].Any() && Graph(row, component);
        if (inside && !(_again(row) && row.StateValue == TaskState.Succeeded))
        {
            Reopened.Add(row.Path);
            return true;
        }

        return _again(row) && Remove(row);
    }

    private bool Remove(TaskRow? row)
    {
        if (row is null)
        {
            return false;
        }

        Gone.Add(row.Path);
        Reopened.Remove(row.Path);
        foreach (var child in _inside[row.Path])
        {
            Remove(child);
        }

        return true;
    }
}
