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
}

internal sealed class VersionRow
{
    public string Namespace { get; init; } = "";

    public string Model { get; init; } = "";

    public long Version { get; init; }

    public string ArtifactDigest { get; init; } = "";

    public string Format { get; init; } = "";

    public string Inputs { get; init; } = "";

    public string Outputs { get; init; } = "";

    public string Lineage { get; init; } = "";

    public string Parameters { get; init; } = "";

    public string Metrics { get; init; } = "";

    public string Tags { get; init; } = "";

    public string Author { get; init; } = "";

    public string Description { get; init; } = "";

    public DateTimeOffset Created { get; init; }

    public ModelVersion ToVersion() => new(Namespace, Model, (int)Version, ArtifactDigest, Format, Created)
    {
        Inputs = JsonSerializer.Deserialize(Inputs, RegistryJson.Default.IReadOnlyListTensorSpec)!,
        Outputs = JsonSerializer.Deserialize(Outputs, RegistryJson.Default.IReadOnlyListTensorSpec)!,
        Lineage = JsonSerializer.Deserialize(Lineage, RegistryJson.Default.ModelLineage)!,
        Parameters = JsonSerializer.Deserialize(Parameters, RegistryJson.Default.IReadOnlyDictionaryStringString)!,
        Metrics = JsonSerializer.Deserialize(Metrics, RegistryJson.Default.IReadOnlyDictionaryStringDouble)!,
        Tags = JsonSerializer.Deserialize(Tags, RegistryJson.Default.IReadOnlyDictionaryStringString)!,
        Author = Author,
        Description = Description,
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
