using Slipway.Kernel.Problems;

namespace Slipway.Contracts.Registry.Ports;

/// <summary>A model's input or output: OIP datatype (FP32, BYTES, ...) and shape with -1 for any.</summary>
public sealed record TensorSpec(string Name, string Datatype, IReadOnlyList<long> Shape);

/// <summary>Where a version came from. Everything is optional, nothing is guessed.</summary>
public sealed record ModelLineage
{
    /// <summary>Digests of the dataset versions it was trained on.</summary>
    public IReadOnlyList<string> Datasets { get; init; } = [];

    public string? PipelineRun { get; init; }

    /// <summary>The tracking run that holds its params and metrics.</summary>
    public string? Run { get; init; }

    public string? CodeCommit { get; init; }

    public int? ParentVersion { get; init; }

    /// <summary>Why it was trained, in words.</summary>
    public string? Reason { get; init; }
}

/// <summary>
/// What else is known of how a version was made. Everything is optional, nothing is guessed. Settable, because the generated JSON reader gives an init-only
/// property that is absent null instead of its default, and rows and events from before have none of these.
/// </summary>
public sealed record ModelFacts
{
    /// <summary><c>sklearn</c>, <c>pytorch</c>, <c>slipway</c>.</summary>
    public string? Framework { get; set; }

    public string? FrameworkVersion { get; set; }

    /// <summary>Every form the model is kept in, MLflow's flavors: <c>onnx</c>, <c>python_function</c>.</summary>
    public IReadOnlyList<string> Flavors { get; set; } = [];

    /// <summary>What it needs to run, one requirement each: <c>scikit-learn==1.4.2</c>.</summary>
    public IReadOnlyList<string> Requirements { get; set; } = [];

    /// <summary>Where it was trained: packages, hardware, container digest.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; set; } = new Dictionary<string, string>();

    /// <summary>Split (train, validation, test) to metric to value.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> MetricsBySplit { get; set; } =
        new Dictionary<string, IReadOnlyDictionary<string, double>>();

    /// <summary>What was done to the data before training.</summary>
    public string? Preprocessing { get; set; }

    public IReadOnlyList<string> FeatureViews { get; set; } = [];

    /// <summary>The model it was tuned from, as <c>models:/name/version</c> or a name elsewhere.</summary>
    public string? BaseModel { get; set; }

    public string? License { get; set; }

    /// <summary>An input as the caller of the model would send it, JSON.</summary>
    public string? InputExample { get; set; }
}

public sealed record ModelVersion(string Namespace, string Model, int Version, string ArtifactDigest, string Format, DateTimeOffset Created)
{
    public IReadOnlyList<TensorSpec> Inputs { get; init; } = [];

    public IReadOnlyList<TensorSpec> Outputs { get; init; } = [];

    public ModelLineage Lineage { get; init; } = new();

    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public string Author { get; init; } = "";

    /// <summary>Markdown. Said about the version, so it may change.</summary>
    public string Description { get; init; } = "";

    public ModelFacts Facts { get; set; } = new();

    /// <summary><c>None</c>, <c>Staging</c>, <c>Production</c> or <c>Archived</c>.</summary>
    public string Stage { get; set; } = "None";

    /// <summary>Where its files came from as the registering client said it; empty when the artifact is an object of ours.</summary>
    public string Source { get; set; } = "";

    public DateTimeOffset Updated { get; set; } = Created;

    /// <summary>The registry's signature over the facts, base64; see <c>GET .../models/signing-key</c>. Empty until the files are known.</summary>
    public string Signature { get; set; } = "";
}

/// <param name="IdempotencyKey">Registering again with the same key returns the version that was made the first time.</param>
public sealed record RegisterModelVersion(string Namespace, string Model, string ArtifactDigest, string Format, string IdempotencyKey)
{
    public IReadOnlyList<TensorSpec> Inputs { get; init; } = [];

    public IReadOnlyList<TensorSpec> Outputs { get; init; } = [];

    public ModelLineage Lineage { get; init; } = new();

    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public string Author { get; init; } = "";

    public string Description { get; init; } = "";

    public ModelFacts Facts { get; init; } = new();
}

/// <summary>An alias as it points now or pointed once: <paramref name="Version"/> null is "removed".</summary>
public sealed record AliasAssignment(string Model, string Alias, int? Version, int? PreviousVersion, string Actor, string Reason, DateTimeOffset Time, long Sequence);

/// <summary>
/// Registered models: numbered, immutable versions, and aliases with their history.
/// Events: <c>model.version.created</c> and <c>model.alias.moved</c>, subject <c>models/NAME</c>, payload the version or the assignment as JSON.
/// </summary>
public interface IModelRegistry
{
    Task<Result<ModelVersion>> RegisterAsync(RegisterModelVersion request, CancellationToken cancellation);

    Task<Result<ModelVersion>> GetVersionAsync(string ns, string model, int version, CancellationToken cancellation);

    /// <summary>The version when its artifact can be loaded, as <see cref="ResolveAsync"/> has it.</summary>
    Task<Result<ModelVersion>> GetLoadableAsync(string ns, string model, int version, CancellationToken cancellation);

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string ns, string model, CancellationToken cancellation);

    /// <summary>
    /// Resolves <c>models:/name@alias</c>, <c>models:/name/3</c> to a version whose artifact can be loaded: its signature fits, and files that a client
    /// registered from elsewhere have been read. Unsupported: there is no ONNX model among them.
    /// </summary>
    Task<Result<ModelVersion>> ResolveAsync(string ns, string modelUri, CancellationToken cancellation);

    /// <summary>Null when the alias does not exist.</summary>
    Task<AliasAssignment?> GetAliasAsync(string ns, string model, string alias, CancellationToken cancellation);

    /// <summary>Points the alias at a version (null removes it). Setting what already holds changes nothing and makes no event.</summary>
    Task<Result<AliasAssignment>> SetAliasAsync(
        string ns, string model, string alias, int? version, string actor, string reason, CancellationToken cancellation);

    /// <summary>Every assignment there was, oldest first.</summary>
    Task<IReadOnlyList<AliasAssignment>> AliasHistoryAsync(string ns, string model, CancellationToken cancellation);
}
