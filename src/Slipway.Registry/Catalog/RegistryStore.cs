using System.Text.Json;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Registry.Wire;
using Slipway.Platform.Database;

namespace Slipway.Registry.Catalog;

/// <summary>The registry's tables. Reading and adding models and versions here, the rest in the other parts. Every method works inside the caller's session.</summary>
internal static partial class RegistryStore
{
    private const string AddModel =
        """
        INSERT INTO registry_models (namespace, name, last_version, last_alias_sequence, created, updated, id, owner)
        VALUES (@ns, @name, 0, 0, @now, @now, @id, @owner) ON CONFLICT (namespace, name) DO NOTHING
        """;

    // Changes nothing, but holds the model's row until the transaction ends: whoever else numbers versions or moves aliases of it waits.
    private const string LockModel =
        "UPDATE registry_models SET last_version = last_version WHERE namespace = @ns AND name = @name";

    private const string RaiseVersion =
        "UPDATE registry_models SET last_version = last_version + 1, updated = @now WHERE namespace = @ns AND name = @name";

    private const string ModelColumns =
        """
        m.namespace, m.name, m.last_version, m.last_alias_sequence, m.created, m.updated, m.id, m.description, m.tags, m.owner, m.deployment_job, m.external_id,
        m.properties, m.profile, m.archived, m.last_stage_sequence, m.last_request
        """;

    private const string SelectModel = $"SELECT {ModelColumns} FROM registry_models m WHERE m.namespace = @ns AND m.name = @name";

    private const string SelectModels =
        $"SELECT {ModelColumns} FROM registry_models m WHERE m.namespace = @ns AND m.name > @after ORDER BY m.name LIMIT @limit";

    private const string VersionColumns =
        """
        v.namespace, v.model, v.version, v.artifact_digest, v.format, v.inputs, v.outputs, v.lineage, v.parameters, v.metrics, v.tags, v.author, v.description, v.created,
        v.id, v.updated, v.stage, v.status, v.status_message, v.source, v.storage, v.run_id, v.run_link, v.model_id, v.facts, v.card, v.external_id, v.properties,
        v.archived, v.inspected, v.signature, v.label
        """;

    private const string AddVersion =
        """
        INSERT INTO registry_versions (namespace, model, version, artifact_digest, format, inputs, outputs, lineage, parameters, metrics, tags, author, description, created,
            idempotency_key, id, updated, source, storage, run_id, run_link, model_id, facts, external_id, properties, inspected, signature)
        VALUES (@Namespace, @Model, @Version, @ArtifactDigest, @Format, @Inputs, @Outputs, @Lineage, @Parameters, @Metrics, @Tags, @Author, @Description, @Created,
            @IdempotencyKey, @Id, @Created, @Source, @Storage, @RunId, @RunLink, @ModelId, @Facts, @ExternalId, @Properties, @Inspected, @Signature)
        """;

    private const string SelectVersion =
        $"SELECT {VersionColumns} FROM registry_versions v WHERE v.namespace = @ns AND v.model = @name AND v.version = @version";

    private const string SelectVersionByKey =
        $"SELECT {VersionColumns} FROM registry_versions v WHERE v.namespace = @ns AND v.model = @name AND v.idempotency_key = @key";

    private const string SelectVersions =
        $"SELECT {VersionColumns} FROM registry_versions v WHERE v.namespace = @ns AND v.model = @name ORDER BY v.version DESC";

    private const string SelectLatest =
        $"""
        SELECT {VersionColumns} FROM registry_versions v
        JOIN (SELECT model, stage, MAX(version) AS latest FROM registry_versions WHERE namespace = @ns AND model IN @names GROUP BY model, stage) l
            ON l.model = v.model AND l.latest = v.version
        WHERE v.namespace = @ns ORDER BY v.model, v.version DESC
        """;

    private const string RaiseIds = "UPDATE registry_ids SET last = last + 1 WHERE name = 'registry'";

    private const string SelectIds = "SELECT last FROM registry_ids WHERE name = 'registry'";

    /// <summary>True when it was not there before.</summary>
    public static async Task<bool> AddModelAsync(IWriteSession session, string ns, string name, string owner, DateTimeOffset now)
    {
        // Only a new model uses up an id.
        if (await FindModelRowAsync(session, ns, name) is not null)
        {
            return false;
        }

        return await session.ExecuteAsync(AddModel, new { ns, name, now, owner, id = await NextIdAsync(session) }) == 1;
    }

    /// <summary>False when there is no such model.</summary>
    public static async Task<bool> LockModelAsync(IWriteSession session, string ns, string name) =>
        await session.ExecuteAsync(LockModel, new { ns, name }) == 1;

    /// <summary>The number for a new version; the model must be locked.</summary>
    public static async Task<int> RaiseVersionAsync(IWriteSession session, string ns, string name, DateTimeOffset now)
    {
        await session.ExecuteAsync(RaiseVersion, new { ns, name, now });
        return (int)(await FindModelRowAsync(session, ns, name))!.LastVersion;
    }

    public static async Task<long> NextIdAsync(IWriteSession session)
    {
        await session.ExecuteAsync(RaiseIds);
        return await session.QuerySingleOrDefaultAsync<long>(SelectIds);
    }

    public static Task<ModelRow?> FindModelRowAsync(IReadSession session, string ns, string name) =>
        session.QuerySingleOrDefaultAsync<ModelRow>(SelectModel, new { ns, name });

    public static async Task<ModelSummary?> FindModelAsync(IReadSession session, string ns, string name)
    {
        var row = await FindModelRowAsync(session, ns, name);
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

        var aliases = await AliasesOfAsync(session, ns, [.. rows.Select(r => r.Name)]);
        var byModel = aliases.ToLookup(a => a.Model, StringComparer.Ordinal);
        return [.. rows.Select(r => ToSummary(r, byModel[r.Name]))];
    }

    /// <summary>The version, and the facts it is searched by.</summary>
    public static async Task AddVersionAsync(IWriteSession session, NewVersion made)
    {
        var version = made.Version;
        await session.ExecuteAsync(AddVersion, new
        {
            version.Namespace,
            version.Model,
            version.Version,
            version.ArtifactDigest,
            version.Format,
            Inputs = Json.OfTensors(version.Inputs),
            Outputs = Json.OfTensors(version.Outputs),
            Lineage = JsonSerializer.Serialize(version.Lineage, RegistryJson.Default.ModelLineage),
            Parameters = Json.OfTexts(version.Parameters),
            Metrics = JsonSerializer.Serialize(version.Metrics, RegistryJson.Default.IReadOnlyDictionaryStringDouble),
            Tags = Json.OfTexts(version.Tags),
            version.Author,
            version.Description,
            version.Created,
            made.IdempotencyKey,
            made.Id,
            version.Source,
            made.Storage,
            made.RunId,
            made.RunLink,
            made.ModelId,
            Facts = Json.OfFacts(version.Facts),
            made.ExternalId,
            made.Properties,
            made.Inspected,
            version.Signature,
        });
        await AddFactsAsync(session, version);
    }

    public static Task<VersionRow?> FindVersionRowAsync(IReadSession session, string ns, string name, int version) =>
        session.QuerySingleOrDefaultAsync<VersionRow>(SelectVersion, new { ns, name, version });

    public static async Task<ModelVersion?> FindVersionAsync(IReadSession session, string ns, string name, int version) =>
        (await FindVersionRowAsync(session, ns, name, version))?.ToVersion();

    public static async Task<ModelVersion?> FindVersionByKeyAsync(IReadSession session, string ns, string name, string key) =>
        (await session.QuerySingleOrDefaultAsync<VersionRow>(SelectVersionByKey, new { ns, name, key }))?.ToVersion();

    /// <summary>Newest first.</summary>
    public static async Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(IReadSession session, string ns, string name) =>
        [.. (await ListVersionRowsAsync(session, ns, name)).Select(r => r.ToVersion())];

    public static Task<IReadOnlyList<VersionRow>> ListVersionRowsAsync(IReadSession session, string ns, string name) =>
        session.QueryAsync<VersionRow>(SelectVersions, new { ns, name });

    /// <summary>The newest version of each stage, of all the models, newest first within a model.</summary>
    public static async Task<IReadOnlyList<VersionRow>> LatestAsync(IReadSession session, string ns, IReadOnlyList<string> names) =>
        names.Count == 0 ? [] : await session.QueryAsync<VersionRow>(SelectLatest, new { ns, names = names.ToArray() });

    public static ModelSummary ToSummary(ModelRow row, IEnumerable<AliasAssignment> aliases) =>
        new(row.Namespace, row.Name, (int)row.LastVersion, row.Created, row.Updated)
        {
            Aliases = aliases.Where(a => a.Version is not null).ToDictionary(a => a.Alias, a => a.Version!.Value, StringComparer.Ordinal),
            Description = row.Description,
            Owner = row.Owner,
            Tags = row.TagMap,
        };
}
