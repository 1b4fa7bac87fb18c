using System.Text.Json;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;

namespace Slipway.Registry.Catalog;

internal sealed class ModelRow
{
    public string Namespace { get; init; } = "";

    public string Name { get; init; } = "";

    public long LastVersion { get; init; }

    public long LastAliasSequence { get; init; }

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset Updated { get; init; }

    public long Id { get; init; }

    public string Description { get; init; } = "";

    public string Tags { get; init; } = "{}";

    public string Owner { get; init; } = "";

    public string DeploymentJob { get; init; } = "";

    public string? ExternalId { get; init; }

    public string Properties { get; init; } = "{}";

    public string Profile { get; init; } = "{}";

    public bool Archived { get; init; }

    public long LastStageSequence { get; init; }

    public long LastRequest { get; init; }

    public IReadOnlyDictionary<string, string> TagMap => JsonSerializer.Deserialize(Tags, RegistryJson.Default.IReadOnlyDictionaryStringString)!;
}

internal sealed class VersionRow
{
    public string Namespace { get; init; } = "";

    public string Model { get; init; } = "";

    public long Version { get; init; }

    public string ArtifactDigest { get; init; } = "";

    public string Format { get; init; } = "";

    public string Inputs { get; init; } = "[]";

    public string Outputs { get; init; } = "[]";

    public string Lineage { get; init; } = "{}";

    public string Parameters { get; init; } = "{}";

    public string Metrics { get; init; } = "{}";

    public string Tags { get; init; } = "{}";

    public string Author { get; init; } = "";

    public string Description { get; init; } = "";

    public DateTimeOffset Created { get; init; }

    public long Id { get; init; }

    public long Updated { get; init; }

    public string Stage { get; init; } = "None";

    public string Status { get; init; } = "READY";

    public string StatusMessage { get; init; } = "";

    public string Source { get; init; } = "";

    public string Storage { get; init; } = "";

    public string RunId { get; init; } = "";

    public string RunLink { get; init; } = "";

    public string ModelId { get; init; } = "";

    public string Facts { get; init; } = "{}";

    public string Card { get; init; } = "";

    public string? ExternalId { get; init; }

    public string Properties { get; init; } = "{}";

    public bool Archived { get; init; }

    public bool Inspected { get; init; }

    public string Signature { get; init; } = "";

    public string? Label { get; init; }

    public int Number => (int)Version;

    /// <summary>Rows from before times of change were kept were never changed.</summary>
    public DateTimeOffset Changed => Updated == 0 ? Created : Platform.Database.Micros.ToTime(Updated);

    /// <summary>The artifact is an object of ours, made by Slipway itself.</summary>
    public bool IsOurs => Source.Length == 0 && ArtifactDigest.Length > 0;

    public IReadOnlyDictionary<string, string> TagMap => JsonSerializer.Deserialize(Tags, RegistryJson.Default.IReadOnlyDictionaryStringString)!;

    public ModelVersion ToVersion() => new(Namespace, Model, Number, ArtifactDigest, Format, Created)
    {
        Inputs = JsonSerializer.Deserialize(Inputs, RegistryJson.Default.IReadOnlyListTensorSpec)!,
        Outputs = JsonSerializer.Deserialize(Outputs, RegistryJson.Default.IReadOnlyListTensorSpec)!,
        Lineage = JsonSerializer.Deserialize(Lineage, RegistryJson.Default.ModelLineage)!,
        Parameters = JsonSerializer.Deserialize(Parameters, RegistryJson.Default.IReadOnlyDictionaryStringString)!,
        Metrics = JsonSerializer.Deserialize(Metrics, RegistryJson.Default.IReadOnlyDictionaryStringDouble)!,
        Tags = TagMap,
        Author = Author,
        Description = Description,
        Facts = JsonSerializer.Deserialize(Facts, RegistryJson.Default.ModelFacts)!,
        Stage = Stage,
        Source = Source,
        Updated = Changed,
        Signature = Signature,
    };
}

internal sealed class AliasRow
{
    public string Model { get; init; } = "";

    public string Alias { get; init; } = "";

    public long? Version { get; init; }

    public long? PreviousVersion { get; init; }

    public string Actor { get; init; } = "";

    public string Reason { get; init; } = "";

    public DateTimeOffset Time { get; init; }

    public long Sequence { get; init; }

    public AliasAssignment ToAssignment() => new(Model, Alias, (int?)Version, (int?)PreviousVersion, Actor, Reason, Time, Sequence);
}

/// <summary>A version as it is first written.</summary>
internal sealed record NewVersion(ModelVersion Version, string IdempotencyKey, long Id)
{
    public string Storage { get; init; } = "";

    public string RunId { get; init; } = "";

    public string RunLink { get; init; } = "";

    public string ModelId { get; init; } = "";

    public string? ExternalId { get; init; }

    public string Properties { get; init; } = "{}";

    public bool Inspected { get; init; }
}
