using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Ir;

/// <summary>Tasks that depend on one another. The tasks keep the order in which they were written.</summary>
public sealed record DagSpec
{
    public IReadOnlyDictionary<string, TaskSpec> Tasks { get; init; } = Empty<TaskSpec>.Map;

    /// <summary>Where the graph's output parameters come from.</summary>
    public IReadOnlyDictionary<string, ParameterOutputSource> ParameterOutputs { get; init; } = Empty<ParameterOutputSource>.Map;

    public IReadOnlyDictionary<string, ArtifactOutputSource> ArtifactOutputs { get; init; } = Empty<ArtifactOutputSource>.Map;
}

/// <summary>One output of one task of the graph.</summary>
public sealed record OutputSelector(string Task, string Key);

/// <param name="Selectors">In order of preference.</param>
/// <param name="IsOneOf">Said as a choice: the first whose task ran gives the value.</param>
public sealed record ParameterOutputSource(IReadOnlyList<OutputSelector> Selectors, bool IsOneOf);

/// <param name="Selectors">One is plain, several are a choice: the first whose task ran gives the artifact.</param>
public sealed record ArtifactOutputSource(IReadOnlyList<OutputSelector> Selectors);

/// <summary>One node of a graph: a component with where its inputs come from and when it runs.</summary>
public sealed record TaskSpec(string Component)
{
    /// <summary>What people see; the name in the graph when nothing was given.</summary>
    public string? DisplayName { get; init; }

    /// <summary>May hold names that the component does not declare: conditions and texts refer to them.</summary>
    public IReadOnlyDictionary<string, TaskParameter> Parameters { get; init; } = Empty<TaskParameter>.Map;

    public IReadOnlyDictionary<string, ArtifactSource> Artifacts { get; init; } = Empty<ArtifactSource>.Map;

    /// <summary>Tasks to wait for besides those that inputs come from.</summary>
    public IReadOnlyList<string> DependentTasks { get; init; } = [];

    public CachingOptions Caching { get; init; } = new(false, null);

    public TriggerPolicy Trigger { get; init; } = new(null, TriggerStrategy.Unspecified);

    public ParameterIterator? ParameterIterator { get; init; }

    public ArtifactIterator? ArtifactIterator { get; init; }

    /// <summary>The most iterations at a time; 0 is no limit.</summary>
    public int ParallelismLimit { get; init; }

    public RetryPolicy? Retry { get; init; }

    public bool IsLoop => ParameterIterator is not null || ArtifactIterator is not null;
}

/// <summary>Where one parameter of a task comes from.</summary>
/// <param name="Selector">An expression over the value, such as <c>parseJson(string_value)["key"]</c>, or null.</param>
public sealed record TaskParameter(ParameterSource Source, string? Selector = null);

public abstract record ParameterSource
{
    private ParameterSource()
    {
    }

    /// <summary>A JSON value; texts in it may hold placeholders.</summary>
    public sealed record Constant(JsonNode? Value) : ParameterSource;

    /// <summary>Old form of a constant that is given when the run is submitted: a parameter of the pipeline.</summary>
    public sealed record RuntimeParameter(string Name) : ParameterSource;

    /// <summary>An input of the component that the graph belongs to.</summary>
    public sealed record ComponentInput(string Name) : ParameterSource;

    public sealed record TaskOutput(string Task, string Key) : ParameterSource;

    /// <summary>How another task ended, for exit tasks.</summary>
    public sealed record FinalStatus(string Task) : ParameterSource;
}

public abstract record ArtifactSource
{
    private ArtifactSource()
    {
    }

    public sealed record ComponentInput(string Name) : ArtifactSource;

    public sealed record TaskOutput(string Task, string Key) : ArtifactSource;
}

/// <param name="Key">When set, results are found by this text instead of by what the task does.</param>
public sealed record CachingOptions(bool Enabled, string? Key);

public enum TriggerStrategy
{
    /// <summary>As <see cref="AllSucceeded"/>.</summary>
    Unspecified = 0,
    AllSucceeded = 1,
    AllCompleted = 2,
}

/// <param name="Condition">An expression over the task's inputs; the task is skipped when it is false.</param>
public sealed record TriggerPolicy(string? Condition, TriggerStrategy Strategy)
{
    public bool WaitsForAnyEnd => Strategy == TriggerStrategy.AllCompleted;
}

/// <summary>Exactly one of <paramref name="Raw"/> (a JSON list as text) and <paramref name="InputParameter"/> (an input of the task) is set.</summary>
/// <param name="ItemInput">The component's input that receives the item.</param>
public sealed record ParameterIterator(string? Raw, string? InputParameter, string ItemInput);

public sealed record ArtifactIterator(string InputArtifact, string ItemInput);

/// <param name="MaxRetries">Tries after the first.</param>
/// <param name="Backoff">Wait before the first retry; null is none.</param>
/// <param name="Factor">By which the wait grows; 2 when not said.</param>
/// <param name="MaxBackoff">One hour when not said.</param>
public sealed record RetryPolicy(int MaxRetries, TimeSpan? Backoff, double? Factor, TimeSpan? MaxBackoff);
