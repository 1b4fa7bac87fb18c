using System.Text.Json.Nodes;

namespace Slipway.PipelineLanguage.Ir;

/// <summary>A whole pipeline: the Kubeflow Pipelines intermediate representation, the one form that everything else compiles to. JSON values in it are never changed.</summary>
public sealed record PipelineSpec
{
    /// <summary>The root component's name where one is needed, and its component's name in messages.</summary>
    public const string RootName = "root";

    public const string CurrentSchemaVersion = "2.1.0";

    public required PipelineInfo Info { get; init; }

    public string SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>What compiled it, such as <c>kfp-2.15.2</c>; for people only.</summary>
    public string SdkVersion { get; init; } = "";

    /// <summary>Where outputs go when a run does not say it.</summary>
    public string? DefaultPipelineRoot { get; init; }

    public IReadOnlyDictionary<string, ComponentSpec> Components { get; init; } = Empty<ComponentSpec>.Map;

    /// <summary>By the label that components name.</summary>
    public IReadOnlyDictionary<string, ExecutorSpec> Executors { get; init; } = Empty<ExecutorSpec>.Map;

    public required ComponentSpec Root { get; init; }

    public PlatformSpec? Platform { get; init; }

    /// <summary>The component of a task, or null when there is none of that name.</summary>
    public ComponentSpec? ComponentOf(TaskSpec task) => Components.GetValueOrDefault(task.Component);

    /// <summary>How a component's work is done; null for one that is a graph, or whose executor is missing.</summary>
    public ExecutorSpec? ExecutorOf(ComponentSpec component) =>
        component.ExecutorLabel is { } label ? Executors.GetValueOrDefault(label) : null;
}

/// <param name="Name">DNS-like; scopes the cache and the paths of outputs.</param>
public sealed record PipelineInfo(string Name)
{
    public string? DisplayName { get; init; }

    public string? Description { get; init; }
}

/// <summary>Something a task can run: a graph of tasks, or work that an executor does. Exactly one of <see cref="Dag"/> and <see cref="ExecutorLabel"/> is set.</summary>
public sealed record ComponentSpec
{
    public ComponentInputs Inputs { get; init; } = new();

    public ComponentOutputs Outputs { get; init; } = new();

    public DagSpec? Dag { get; init; }

    public string? ExecutorLabel { get; init; }

    public IReadOnlyList<TaskConfigPassthrough> TaskConfigPassthroughs { get; init; } = [];

    /// <summary>As written; carried through.</summary>
    public JsonArray? SinglePlatformSpecs { get; init; }
}

public sealed record ComponentInputs
{
    public IReadOnlyDictionary<string, InputParameter> Parameters { get; init; } = Empty<InputParameter>.Map;

    public IReadOnlyDictionary<string, InputArtifact> Artifacts { get; init; } = Empty<InputArtifact>.Map;
}

public sealed record ComponentOutputs
{
    public IReadOnlyDictionary<string, OutputParameter> Parameters { get; init; } = Empty<OutputParameter>.Map;

    public IReadOnlyDictionary<string, OutputArtifact> Artifacts { get; init; } = Empty<OutputArtifact>.Map;
}

/// <summary>Numbers are those of the protocol.</summary>
public enum ParameterType
{
    /// <summary>Not declared: any JSON value. The short form's built-in components have such outputs.</summary>
    Unspecified = 0,
    NumberDouble = 1,
    NumberInteger = 2,
    String = 3,
    Boolean = 4,
    List = 5,
    Struct = 6,
    TaskFinalStatus = 7,
    TaskConfig = 8,
}

public sealed record InputParameter(ParameterType Type)
{
    public bool HasDefault { get; init; }

    /// <summary>Already of the declared type; null both for a default of null and for none.</summary>
    public JsonNode? Default { get; init; }

    public bool IsOptional { get; init; }

    public string? Description { get; init; }

    /// <summary>The only values allowed; empty allows all.</summary>
    public IReadOnlyList<JsonNode?> Literals { get; init; } = [];
}

public sealed record InputArtifact(ArtifactType Type)
{
    public bool IsList { get; init; }

    public bool IsOptional { get; init; }

    public string? Description { get; init; }
}

public sealed record OutputParameter(ParameterType Type)
{
    public string? Description { get; init; }
}

public sealed record OutputArtifact(ArtifactType Type)
{
    public bool IsList { get; init; }

    /// <summary>Metadata that the artifact starts with.</summary>
    public JsonObject? Metadata { get; init; }

    public string? Description { get; init; }
}

/// <summary>At most one of the title, the inline schema and the URI is set.</summary>
public sealed record ArtifactType
{
    public const string AnyTitle = "system.Artifact";

    /// <summary><c>system.Dataset</c>, <c>system.Model</c>, <c>google.VertexModel</c>, any <c>ns.Name</c>.</summary>
    public string? SchemaTitle { get; init; }

    /// <summary>Inline YAML whose first line is <c>title: ...</c>.</summary>
    public string? InstanceSchema { get; init; }

    public string? SchemaUri { get; init; }

    public string? SchemaVersion { get; init; }

    public static ArtifactType Of(string title) => new() { SchemaTitle = title, SchemaVersion = "0.0.1" };

    /// <summary>The name of the type whichever way it is said.</summary>
    public string Title => SchemaTitle
        ?? (InstanceSchema is { } schema && schema.Split('\n')[0] is var line && line.StartsWith("title:", StringComparison.Ordinal) ? line[6..].Trim() : null)
        ?? SchemaUri ?? AnyTitle;
}

public enum TaskConfigField
{
    None = 0,
    Resources = 1,
    Env = 2,
    KubernetesAffinity = 3,
    KubernetesTolerations = 4,
    KubernetesNodeSelector = 5,
    KubernetesVolumes = 6,
}

public sealed record TaskConfigPassthrough(TaskConfigField Field, bool ApplyToTask);

/// <summary>An empty map that is shared.</summary>
internal static class Empty<T>
{
    public static readonly IReadOnlyDictionary<string, T> Map = new Dictionary<string, T>();
}
