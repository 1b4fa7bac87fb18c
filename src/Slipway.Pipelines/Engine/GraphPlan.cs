using System.Collections.Concurrent;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Engine;

/// <summary>A pipeline prepared for running: every graph with its edges as numbers, made when first entered and shared by all who run the same package.</summary>
internal sealed class RunPlan(PipelineSpec spec)
{
    private readonly ConcurrentDictionary<ComponentSpec, GraphPlan> _graphs = new(ReferenceEqualityComparer.Instance);

    public PipelineSpec Spec => spec;

    public GraphPlan Graph(ComponentSpec component) => _graphs.GetOrAdd(component, c => new GraphPlan(spec, c));
}

/// <summary>One graph. Tasks are known by their place in <see cref="Tasks"/>.</summary>
internal sealed class GraphPlan
{
    public GraphPlan(PipelineSpec spec, ComponentSpec component)
    {
        Component = component;
        Dag = component.Dag ?? throw new InvalidOperationException("The component is no graph.");
        Index = Dag.Tasks.Keys.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
        Tasks = [.. Dag.Tasks.Select((t, i) => new TaskPlan(spec, i, t.Key, t.Value, [.. t.Value.Upstream().Select(u => Index[u])]))];
        var downstream = Tasks.Select(_ => new List<int>()).ToArray();
        foreach (var task in Tasks)
        {
            foreach (var up in task.Upstream)
            {
                downstream[up].Add(task.Index);
            }
        }

        foreach (var task in Tasks)
        {
            task.Downstream = [.. downstream[task.Index]];
        }

        Order = InOrder();
    }

    public ComponentSpec Component { get; }

    public DagSpec Dag { get; }

    public IReadOnlyList<TaskPlan> Tasks { get; }

    public IReadOnlyDictionary<string, int> Index { get; }

    /// <summary>Each task after all that it waits for.</summary>
    public IReadOnlyList<TaskPlan> Order { get; }

    private List<TaskPlan> InOrder()
    {
        var waiting = Tasks.Select(t => t.Upstream.Count).ToArray();
        var order = Tasks.Where(t => t.Upstream.Count == 0).ToList();
        for (var i = 0; i < order.Count; i++)
        {
            order.AddRange(order[i].Downstream.Where(d => --waiting[d] == 0).Select(d => Tasks[d]));
        }

        return order.Count == Tasks.Count ? order : throw new InvalidOperationException("The graph has a circle.");
    }
}

internal sealed class TaskPlan
{
    public TaskPlan(PipelineSpec spec, int index, string name, TaskSpec task, IReadOnlyList<int> upstream)
    {
        (Index, Name, Spec, Upstream) = (index, name, task, upstream);
        Component = spec.ComponentOf(task) ?? throw new InvalidOperationException($"Task {name} names the component {task.Component}, which there is not.");
        Executor = spec.ExecutorOf(Component);
    }

    public int Index { get; }

    public string Name { get; }

    public TaskSpec Spec { get; }

    public ComponentSpec Component { get; }

    /// <summary>Null for a graph.</summary>
    public ExecutorSpec? Executor { get; }

    public IReadOnlyList<int> Upstream { get; }

    public IReadOnlyList<int> Downstream { get; set; } = [];

    /// <summary>Of one execution, or one iteration, of the task.</summary>
    public TaskKind UnitKind => Component.Dag is not null ? TaskKind.Dag : Executor is ExecutorSpec.Importer ? TaskKind.Importer : TaskKind.Container;
}
