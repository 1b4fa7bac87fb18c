using Slipway.Contracts.Registry.Ports;

namespace Slipway.Contracts.Registry.Wire;

/// <summary>A registered model in a list.</summary>
/// <param name="LatestVersion">0: a client registered the name and no version yet.</param>
public sealed record ModelSummary(string Namespace, string Name, int LatestVersion, DateTimeOffset Created, DateTimeOffset Updated)
{
    /// <summary>Alias to version, as they point now.</summary>
    public IReadOnlyDictionary<string, int> Aliases { get; init; } = new Dictionary<string, int>();

    /// <summary>Markdown.</summary>
    public string Description { get; init; } = "";

    public string Owner { get; init; } = "";

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <param name="Next">Pass as <c>after</c> for the following page; null on the last one.</param>
public sealed record ModelPage(IReadOnlyList<ModelSummary> Items, string? Next);

/// <param name="Versions">Newest first.</param>
public sealed record ModelDetail(ModelSummary Model, IReadOnlyList<AliasAssignment> Aliases, IReadOnlyList<ModelVersion> Versions);

/// <summary>Body of <c>PUT .../aliases/{alias}</c>.</summary>
public sealed record SetAliasRequest
{
    public int? Version { get; init; }

    public string? Reason { get; init; }
}

public sealed record AliasHistory(string Model, IReadOnlyList<AliasAssignment> Assignments);

/// <summary>Where a version came from and what became of it.</summary>
/// <param name="Ancestors">The chain of parent versions, nearest first.</param>
/// <param name="Children">Versions that name this one as their parent.</param>
/// <param name="Aliases">Every time an alias came to point at it or left it, oldest first.</param>
public sealed record VersionLineage(
    string Model, int Version, string ArtifactDigest, ModelLineage Lineage, IReadOnlyList<int> Ancestors, IReadOnlyList<int> Children,
    IReadOnlyList<AliasAssignment> Aliases);

/// <summary>A text value on both sides; null where a side has none.</summary>
public sealed record ComparedText(string Name, string? Left, string? Right, bool Same);

/// <param name="Difference">Right minus left; null unless both sides have the metric.</param>
public sealed record ComparedNumber(string Name, double? Left, double? Right, double? Difference);

/// <summary>Two versions of one model side by side.</summary>
/// <param name="SameArtifact">Both name the same bytes.</param>
/// <param name="SameSignature">Same inputs and outputs, in names, types and shapes: one can stand in for the other.</param>
public sealed record VersionComparison(
    string Model, int Left, int Right, bool SameArtifact, bool SameSignature, IReadOnlyList<ComparedText> Parameters,
    IReadOnlyList<ComparedNumber> Metrics, IReadOnlyList<ComparedText> Lineage, IReadOnlyList<ComparedText> Tags);
