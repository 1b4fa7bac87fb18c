using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.Client.Pipelines;

/// <summary>Steps that run together: the pipeline itself, the body of a condition or a loop. Values of graphs around it are simply used; they are handed in.</summary>
public class GraphBuilder
{
    private readonly PipelineBuilder? _pipeline;
    private readonly OrderedDictionary<string, (ParameterReference Outer, InputParameter Declared)> _parametersIn = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, (ArtifactReference Outer, InputArtifact Declared)> _artifactsIn = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, TaskNode> _tasks = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, (ParameterType Type, ParameterOutputSource Source)> _parametersOut = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, (ArtifactType Type, bool IsList, ArtifactOutputSource Source)> _artifactsOut = new(StringComparer.Ordinal);

    private protected GraphBuilder(GraphBuilder? parent, string taskName)
    {
        _pipeline = parent is null ? (PipelineBuilder)this : parent.Pipeline;
        (Parent, TaskName) = (parent, taskName);
    }

    internal GraphBuilder? Parent { get; }

    /// <summary>The task of the parent that this graph is.</summary>
    internal string TaskName { get; }

    internal bool IsLoop { get; init; }

    internal PipelineBuilder Pipeline => _pipeline!;

    internal IReadOnlyDictionary<string, TaskNode> Tasks => _tasks;

    /// <summary>Adds a step. Its name is unique in this graph: lower-case letters, digits and dashes.</summary>
    public StepBuilder Step(string name)
    {
        var step = new StepBuilder(this, name);
        Add(name, new TaskNode(step, null));
        return step;
    }

    /// <summary>Steps that run when a condition holds. <see cref="BranchBuilder.ElseIf"/> and <see cref="BranchBuilder.Else"/> say what runs otherwise.</summary>
    public BranchBuilder If(Condition condition, Action<GraphBuilder> body) => new(this, condition, body);

    /// <summary>Runs the body once for each item, as many at a time as allowed.</summary>
    /// <param name="items">Known now.</param>
    /// <param name="body">Gets the graph of one iteration and its item.</param>
    /// <param name="parallelism">The most iterations at a time; 0 is no limit.</param>
    public LoopBuilder ForEach<T>(IEnumerable<T> items, Action<GraphBuilder, Value<T>> body, int parallelism = 0) =>
        LoopBuilder.Over(this, (JsonArray)ClrTypes.Json(items)!, body, parallelism);

    /// <summary>As above, with items that a parameter or a step gives.</summary>
    public LoopBuilder ForEach<T>(Value<List<T>> items, Action<GraphBuilder, Value<T>> body, int parallelism = 0) => LoopBuilder.Over(this, items, body, parallelism);

    /// <summary>Runs the exit step when the body has ended, however it ended.</summary>
    /// <param name="body">The steps.</param>
    /// <param name="exit">Configures the step that runs at the end; <see cref="StepBuilder.FinalStatus"/> tells it how the body ended.</param>
    /// <param name="exitName">The exit step's name.</param>
    public StepBuilder OnExit(Action<GraphBuilder> body, string exitName, Action<StepBuilder> exit)
    {
        var group = new GroupBuilder(this, Pipeline.NextName("exit-handler"));
        Add(group.TaskName, new TaskNode(null, group));
        body(group);
        var step = Step(exitName).AfterTask(group.TaskName).EvenAfterFailure();
        exit(step);
        return step;
    }

    /// <summary>The value of whichever branch ran, of the branches of one <see cref="If"/>.</summary>
    public Value<T> OneOf<T>(params Value<T>[] values)
    {
        var raised = values.Select(v => RaiseToBranches(v)).ToList();
        var group = raised[0].Owner;
        var key = Pipeline.NextName("oneof");
        group._parametersOut[key] = (values[0].Type, new ParameterOutputSource([.. raised.Select(r => new OutputSelector(r.Task!, r.Key))], IsOneOf: true));
        return new Value<T>(group.Parent!, group.TaskName, key, values[0].Type);
    }

    internal void Add(string name, TaskNode node)
    {
        if (!_tasks.TryAdd(name, node))
        {
            throw new ArgumentException($"There is a step '{name}' already");
        }
    }

    /// <summary>Where a task of this graph finds a value, wherever it comes from: handed in from around, or taken out of the graphs in it.</summary>
    internal PipelineValue Reach(PipelineValue value)
    {
        if (value.Owner == this)
        {
            return value;
        }

        if (IsInside(value.Owner))
        {
            var outer = Parent!.Reach(value);
            switch (outer)
            {
                case ParameterReference parameter:
                    _parametersIn.TryAdd(outer.ChannelName, (parameter, new InputParameter(parameter.Type)));
                    return new Inner(this, outer.ChannelName, parameter.Type);
                default:
                    var artifact = (ArtifactReference)outer;
                    _artifactsIn.TryAdd(outer.ChannelName, (artifact, new InputArtifact(artifact.Type) { IsList = artifact.IsList }));
                    return new ArtifactReference(this, null, outer.ChannelName, artifact.Type, artifact.IsList);
            }
        }

        return Reach(value.Owner.Raise(value));
    }

    internal ParameterSource SourceOf(ParameterReference value) => Reach(value) is var found && found.Task is { } task ? new ParameterSource.TaskOutput(task, found.Key) : new ParameterSource.ComponentInput(found.Key);

    internal ArtifactSource SourceOf(ArtifactReference value) => Reach(value) is var found && found.Task is { } task ? new ArtifactSource.TaskOutput(task, found.Key) : new ArtifactSource.ComponentInput(found.Key);

    /// <summary>Declares an input that the graph's task fills in itself: the item of a loop.</summary>
    internal void Declare(string name, ParameterType type) => _parametersIn.TryAdd(name, (new Inner(this, name, type), new InputParameter(type)));

    /// <summary>The inputs of the task that this graph is.</summary>
    internal (OrderedDictionary<string, TaskParameter> Parameters, OrderedDictionary<string, ArtifactSource> Artifacts) Inputs()
    {
        var parameters = new OrderedDictionary<string, TaskParameter>(StringComparer.Ordinal);
        foreach (var (name, (outer, _)) in _parametersIn.Where(p => p.Value.Outer.Owner != this))
        {
            parameters[name] = new TaskParameter(Parent!.SourceOf(outer));
        }

        var artifacts = new OrderedDictionary<string, ArtifactSource>(StringComparer.Ordinal);
        foreach (var (name, (outer, _)) in _artifactsIn)
        {
            artifacts[name] = Parent!.SourceOf(outer);
        }

        return (parameters, artifacts);
    }

    internal ComponentSpec Component(DagSpec dag) => new()
    {
        Inputs = new ComponentInputs { Parameters = Map(_parametersIn, p => p.Declared), Artifacts = Map(_artifactsIn, a => a.Declared) },
        Outputs = new ComponentOutputs
        {
            Parameters = Map(_parametersOut, p => new OutputParameter(IsLoop ? ParameterType.List : p.Type)),
            Artifacts = Map(_artifactsOut, a => new OutputArtifact(a.Type) { IsList = a.IsList || IsLoop }),
        },
        Dag = dag with { ParameterOutputs = Map(_parametersOut, p => p.Source), ArtifactOutputs = Map(_artifactsOut, a => a.Source) },
    };

    /// <summary>Makes a value of this graph an output of it.</summary>
    internal PipelineValue Raise(PipelineValue value, string? name = null)
    {
        if (value.Task is null)
        {
            throw new InvalidOperationException($"'{value.Key}' is an input of its graph, and cannot be used outside of it");
        }

        var key = name ?? $"{value.Task}-{value.Key}";
        if (value is ArtifactReference artifact)
        {
            _artifactsOut.TryAdd(key, (artifact.Type, artifact.IsList, new ArtifactOutputSource([new OutputSelector(value.Task, value.Key)])));
        }
        else
        {
            _parametersOut.TryAdd(key, (((ParameterReference)value).Type, new ParameterOutputSource([new OutputSelector(value.Task, value.Key)], IsOneOf: false)));
        }

        return Parent is null ? value : value.Raise(Parent, TaskName, key, IsLoop);
    }

    private PipelineValue RaiseToBranches(PipelineValue value)
    {
        while (value.Owner is not GroupBuilder { IsBranches: true })
        {
            value = value.Owner.Parent is null ? throw new InvalidOperationException("OneOf chooses among values of the branches of one If") : value.Owner.Raise(value);
        }

        return value;
    }

    private bool IsInside(GraphBuilder other)
    {
        for (var graph = Parent; graph is not null; graph = graph.Parent)
        {
            if (graph == other)
            {
                return true;
            }
        }

        return false;
    }

    private static OrderedDictionary<string, TOut> Map<TIn, TOut>(IEnumerable<KeyValuePair<string, TIn>> from, Func<TIn, TOut> map) =>
        new(from.Select(p => KeyValuePair.Create(p.Key, map(p.Value))), StringComparer.Ordinal);

    private sealed class Inner(GraphBuilder owner, string key, ParameterType type) : ParameterReference(owner, null, key, type);
}

/// <summary>A task of a graph: a step, or a graph in it.</summary>
internal sealed record TaskNode(StepBuilder? Step, GroupBuilder? Group);

/// <summary>A graph in a graph.</summary>
internal sealed class GroupBuilder(GraphBuilder parent, string taskName) : GraphBuilder(parent, taskName)
{
    public bool IsBranches { get; init; }

    public Condition? Condition { get; init; }

    public ParameterIterator? Iterator { get; set; }

    /// <summary>What the loop goes through, when a value gives it.</summary>
    public ParameterReference? Items { get; init; }

    public int Parallelism { get; init; }
}
