using System.Text.Json;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Platform.Database;

namespace Slipway.Registry.Catalog;

/// <summary>The registry's tables. Models and versions here, aliases in the other half. Every method works inside the caller's session.</summary>
internal static partial class RegistryStore
{
    private const string AddModel =
        """
        INSERT INTO registry_models (namespace, name, last_version, last_alias_sequence, created, updated)
        VALUES (@ns, @name, 0, 0, @now, @now) ON CONFLICT (namespace, name) DO NOTHING
        """;

    // Changes nothing, but holds the model's row until the transaction ends: whoever else numbers versions or moves aliases of it waits.
    private const string LockModel =
        "UPDATE registry_models SET last_version = last_version WHERE namespace = @ns AND name = @name";

    private const string RaiseVersion =
        "UPDATE registry_models SET last_version = last_version + 1, updated = @now WHERE namespace = @ns AND name = @name";

    private const string SelectModel =
        "SELECT namespace, name, last_version, last_alias_sequence, created, updated FROM registry_models WHERE namespace = @ns AND name = @name";

    private const string SelectModels =
        """
        SELECT namespace, name, last_version, last_alias_sequence, created, updated FROM registry_models
        WHERE namespace = @ns AND name > @after ORDER BY name LIMIT @limit
        """;

    private const string VersionColumns =
        "namespace, model, version, artifact_digest, format, inputs, outputs, lineage, parameters, metrics, tags, author, description, created";

    private const string AddVersion =
        $"""
        INSERT INTO registry_versions ({VersionColumns}, idempotency_key)
        VALUES (@Namespace, @Model, @Version, @ArtifactDigest, @Format, @Inputs, @Outputs, @Lineage, @Parameters, @Metrics, @Tags, @Author, @Description,
            @Created, @IdempotencyKey)
        """;

    private const string SelectVersion =
        $"SELECT {VersionColumns} FROM registry_versions WHERE namespace = @ns AND model = @name AND version = @version";

    private const string SelectVersionByKey =
        $"SELECT {VersionColumns} FROM registry_versions WHERE namespace = @ns AND model = @name AND idempotency_key = @key";

    private const string SelectVersions =
        $"SELECT {VersionColumns} FROM registry_versions WHERE namespace = @ns AND model = @name ORDER BY version DESC";

    public static Task AddModelAsync(IWriteSession session, string ns, string name, DateTimeOffset now) =>
        session.ExecuteAsync(AddModel, new { ns, name, now });

    /// <summary>False when there is no such model.</summary>
    public static async Task<bool> LockModelAsync(IWriteSession session, string ns, string name) =>
        await session.ExecuteAsync(LockModel, new { ns, name }) == 1;

    /// <summary>The number for a new version; the model must be locked.</summary>
    public static async Task<int> RaiseVersionAsync(IWriteSession session, string ns, string name, DateTimeOffset now)
    {
        await session.ExecuteAsync(RaiseVersion, new { ns, name, now });
        var row = await session.QuerySingleOrDefaultAsync<ModelRow>(SelectModel, new { ns, name });
        return (int)row!.LastVersion;
    }

    public static async Task<ModelSummary?> FindModelAsync(IReadSession session, string ns, string name)
    {
        var row = await session.QuerySingleOrDefaultAsync<ModelRow>(SelectModel, new { ns, name });
        return row is null ? null : ToSummary(row, await AliasesAsync(session, ns, name));
    }

    /// <summary>In the order of their names, from after <paramref name="after"/>.</summary>
    public static async Task<IReadOnlyList<ModelSummary>> ListModelsAsync(IReadSession session, string ns, string after, int limit)
    {
        var rows = await session.QueryAsync<ModelRow>(SelectModels, new { ns, after, limit });
        if (rows.Count == 0)
        {
            return [];
        }

        var aliases = await AliasesBetweenAsync(session, ns, rows[0].Name, rows[^1].Name);
        var byModel = aliases.ToLookup(a => a.Model, StringComparer.Ordinal);
        return [.. rows.Select(r => ToSummary(r, byModel[r.Name]))];
    }

    public static Task AddVersionAsync(IWriteSession session, ModelVersion version, string idempotencyKey) => session.ExecuteAsync(AddVersion, new
    {
        version.Namespace,
        version.Model,
        version.Version,
        version.ArtifactDigest,
        version.Format,
        Inputs = JsonSerializer.Serialize(version.Inputs, RegistryJson.Default.IReadOnlyListTensorSpec),
        Outputs = JsonSerializer.Serialize(version.Outputs, RegistryJson.Default.IReadOnlyListTensorSpec),
        Lineage = JsonSerializer.Serialize(version.Lineage, RegistryJson.Default.ModelLineage),
        Parameters = JsonSerializer.Serialize(version.Parameters, RegistryJson.Default.IReadOnlyDictionaryStringString),
        Metrics = JsonSerializer.Serialize(version.Metrics, RegistryJson.Default.IReadOnlyDictionaryStringDouble),
        Tags = JsonSerializer.Serialize(version.Tags, RegistryJson.Default.IReadOnlyDictionaryStringString),
        version.Author,
        version.Description,
        version.Created,
        IdempotencyKey = idempotencyKey,
    });

    public static async Task<ModelVersion?> FindVersionAsync(IReadSession session, string ns, string name, int version) =>
        (await session.QuerySingleOrDefaultAsync<VersionRow>(SelectVersion, new { ns, name, version }))?.ToVersion();

    public static async Task<ModelVersion?> FindVersionByKeyAsync(IReadSession session, string ns, string name, string key) =>
        (await session.QuerySingleOrDefaultAsync<VersionRow>(SelectVersionByKey, new { ns, name, key }))?.ToVersion();

    /// <summary>Newest first.</summary>
    public static async Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(IReadSession session, string ns, string name) =>
        [.. (await session.QueryAsync<VersionRow>(SelectVersions, new { ns, name })).Select(r => r.ToVersion())];

    private static ModelSummary ToSummary(ModelRow row, IEnumerable<AliasAssignment> aliases) =>
        new(row.Namespace, row.Name, (int)row.LastVersion, row.Created, row.Updated)
        {
            Aliases = aliases.Where(a => a.Version is not null).ToDictionary(a => a.Alias, a => a.Version!.Value, StringComparer.Ordinal),
        };
}
