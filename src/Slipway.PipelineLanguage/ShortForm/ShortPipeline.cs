using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>A pipeline in our short form, read but not yet compiled.</summary>
internal sealed record ShortPipeline(string Name, IReadOnlyDictionary<string, InputParameter> Parameters, IReadOnlyDictionary<string, ShortStep> Steps)
{
    public string? Description { get; init; }

    /// <summary>Of steps that do not say their own.</summary>
    public string? Image { get; init; }

    /// <summary>Name to a reference such as <c>steps.train.outputs.auc</c>.</summary>
    public IReadOnlyDictionary<string, string> Outputs { get; init; } = new Dictionary<string, string>();
}

/// <summary>One step. Exactly one of <see cref="Run"/>, <see cref="Argv"/>, <see cref="Component"/> and <see cref="Uses"/> is set.</summary>
internal sealed record ShortStep(string Name, string Path)
{
    /// <summary>A shell script.</summary>
    public string? Run { get; init; }

    /// <summary>A command and its arguments, without a shell.</summary>
    public IReadOnlyList<string>? Argv { get; init; }

    /// <summary>A compiled pipeline or component beside this file.</summary>
    public string? Component { get; init; }

    /// <summary>A component of the server, such as <c>slipway/train</c>.</summary>
    public string? Uses { get; init; }

    public string? Image { get; init; }

    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>Inputs: a value, or a text that refers to something.</summary>
    public IReadOnlyDictionary<string, JsonNode?> In { get; init; } = new Dictionary<string, JsonNode?>();

    public IReadOnlyDictionary<string, ShortOutput> Out { get; init; } = new Dictionary<string, ShortOutput>();

    /// <summary>Parameters of the pipeline that the step gets under their own names.</summary>
    public IReadOnlyList<string> Params { get; init; } = [];

    /// <summary>A JSON file that the command leaves in its folder: shown as the step's metrics.</summary>
    public string? Metrics { get; init; }

    /// <summary>Key to its values, or to a text that refers to a list.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Matrix { get; init; } = new Dictionary<string, JsonNode?>();

    public int Parallel { get; init; }

    public string? If { get; init; }

    /// <summary>Runs whatever became of the steps before it.</summary>
    public bool Always { get; init; }

    public bool Cache { get; init; }

    public string? CacheKey { get; init; }

    public RetryPolicy? Retry { get; init; }

    public TimeSpan? Timeout { get; init; }

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    /// <summary>Variable to <c>secret/key</c>.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();

    public ResourceSpec? Resources { get; init; }

    /// <summary>Files beside this one that the command finds in its folder.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
}

/// <summary>Exactly one is set.</summary>
internal sealed record ShortOutput(ParameterType? Parameter, ArtifactType? Artifact);
