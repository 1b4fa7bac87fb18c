using Slipway.PipelineLanguage.Ir;

namespace Slipway.Client.Pipelines;

/// <summary>Something that only has a value when the pipeline runs: a parameter, an item of a loop, an output of a step. Handing it to a step makes the edge.</summary>
public abstract class PipelineValue
{
    private protected PipelineValue(GraphBuilder owner, string? task, string key) => (Owner, Task, Key) = (owner, task, key);

    /// <summary>The graph in which it can be named.</summary>
    internal GraphBuilder Owner { get; }

    /// <summary>The task that gives it; null for an input of the graph.</summary>
    internal string? Task { get; }

    internal string Key { get; }

    /// <summary>The name under which another graph, or a step's command line, receives it.</summary>
    internal string ChannelName => Task is null ? Key.StartsWith("pipelinechannel--", StringComparison.Ordinal) ? Key : $"pipelinechannel--{Key}" : $"pipelinechannel--{Task}-{Key}";

    /// <summary>The same value, seen from the graph above.</summary>
    internal abstract PipelineValue Raise(GraphBuilder to, string task, string key, bool asList);
}

/// <summary>A parameter's value: text, a number, a flag, a list or a map.</summary>
public abstract class ParameterReference : PipelineValue
{
    private protected ParameterReference(GraphBuilder owner, string? task, string key, ParameterType type)
        : base(owner, task, key) => Type = type;

    internal ParameterType Type { get; }

    internal override PipelineValue Raise(GraphBuilder to, string task, string key, bool asList) => new Untyped(to, task, key, asList ? ParameterType.List : Type);

    private sealed class Untyped(GraphBuilder owner, string? task, string key, ParameterType type) : ParameterReference(owner, task, key, type);
}

/// <typeparam name="T">string, int, long, double, bool, a list or a dictionary.</typeparam>
public sealed class Value<T> : ParameterReference
{
    internal Value(GraphBuilder owner, string? task, string key, ParameterType type)
        : base(owner, task, key, type)
    {
    }

    public static Condition operator >(Value<T> left, T right) => Condition.Compare(left, ">", right);

    public static Condition operator <(Value<T> left, T right) => Condition.Compare(left, "<", right);

    public static Condition operator >=(Value<T> left, T right) => Condition.Compare(left, ">=", right);

    public static Condition operator <=(Value<T> left, T right) => Condition.Compare(left, "<=", right);

    /// <summary>True when the value is this one.</summary>
    public Condition Is(T value) => Condition.Compare(this, "==", value);

    /// <summary>True when the value is another one.</summary>
    public Condition IsNot(T value) => Condition.Compare(this, "!=", value);
}

/// <summary>A file or folder that a step makes.</summary>
public sealed class ArtifactReference : PipelineValue
{
    internal ArtifactReference(GraphBuilder owner, string? task, string key, ArtifactType type, bool isList)
        : base(owner, task, key) => (Type, IsList) = (type, isList);

    internal ArtifactType Type { get; }

    internal bool IsList { get; }

    internal override PipelineValue Raise(GraphBuilder to, string task, string key, bool asList) => new ArtifactReference(to, task, key, Type, IsList || asList);
}
