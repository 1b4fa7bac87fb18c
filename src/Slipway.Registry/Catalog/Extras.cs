namespace Slipway.Registry.Catalog;

/// <summary>What is said about a model and may change. <paramref name="Properties"/> and <paramref name="Profile"/> are JSON.</summary>
internal sealed record ModelExtras(string Description, string Owner, string? ExternalId, string Properties, string Profile, bool Archived)
{
    public static ModelExtras Of(ModelRow row) => new(row.Description, row.Owner, row.ExternalId, row.Properties, row.Profile, row.Archived);
}

/// <summary>What is said about a version and may change. <paramref name="Properties"/> is JSON.</summary>
internal sealed record VersionExtras(string Description, string Author, string? ExternalId, string Properties, bool Archived)
{
    public static VersionExtras Of(VersionRow row) => new(row.Description, row.Author, row.ExternalId, row.Properties, row.Archived);
}

internal sealed class StageRow
{
    public long Sequence { get; init; }

    public long Version { get; init; }

    public string Stage { get; init; } = "";

    public string PreviousStage { get; init; } = "";

    public string Actor { get; init; } = "";

    public string Reason { get; init; } = "";

    public DateTimeOffset Time { get; init; }
}
