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

public sealed record ModelVersion(string Namespace, string Model, int Version, string ArtifactDigest, string Format, DateTimeOffset Created)
{
    public IReadOnlyList<TensorSpec> Inputs { get; init; } = [];

    public IReadOnlyList<TensorSpec> Outputs { get; init; } = [];

    public ModelLineage Lineage { get; init; } = new();

    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    public string Author { get; init; } = "";

    public string Description { get; init; } = "";
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

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string ns, string model, CancellationToken cancellation);

    /// <summary>Resolves <c>models:/name@alias</c>, <c>models:/name/3</c>.</summary>
    Task<Result<ModelVersion>> ResolveAsync(string ns, string modelUri, CancellationToken cancellation);

    /// <summary>Null when the alias does not exist.</summary>
    Task<AliasAssignment?> GetAliasAsync(string ns, string model, string alias, CancellationToken cancellation);

    /// <summary>Points the alias at a version (null removes it). Setting what already holds changes nothing and makes no event.</summary>
    Task<Result<AliasAssignment>> SetAliasAsync(
        string ns, string model, string alias, int? version, string actor, string reason, CancellationToken cancellation);

    /// <summary>Every assignment there was, oldest first.</summary>
    Task<IReadOnlyList<AliasAssignment>> AliasHistoryAsync(string ns, string model, CancellationToken cancellation);
}
