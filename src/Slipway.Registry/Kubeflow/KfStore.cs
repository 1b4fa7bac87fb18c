using Slipway.Platform.Database;
using Slipway.Registry.Catalog;

namespace Slipway.Registry.Kubeflow;

/// <summary>What the Kubeflow API asks of the tables.</summary>
internal static class KfStore
{
    private const string Columns = "id, namespace, kind, parent, name, external_id, body, created, updated";

    private const string Add =
        $"INSERT INTO registry_kubeflow ({Columns}) VALUES (@Id, @Namespace, @Kind, @Parent, @Name, @ExternalId, @Body, @Created, @Updated)";

    private const string Put = "UPDATE registry_kubeflow SET external_id = @ExternalId, body = @Body, updated = @Updated WHERE id = @Id";

    private const string Select = $"SELECT {Columns} FROM registry_kubeflow WHERE namespace = @ns AND kind = @kind AND id = @id";

    private const string SelectByName = $"SELECT {Columns} FROM registry_kubeflow WHERE namespace = @ns AND kind = @kind AND parent = @parent AND name = @name";

    private const string SelectByExternalId = $"SELECT {Columns} FROM registry_kubeflow WHERE namespace = @ns AND kind = @kind AND external_id = @externalId ORDER BY id LIMIT 1";

    private const string SelectAll = $"SELECT {Columns} FROM registry_kubeflow WHERE namespace = @ns AND kind = @kind ORDER BY id LIMIT @limit";

    private const string SelectOfParent =
        $"SELECT {Columns} FROM registry_kubeflow WHERE namespace = @ns AND kind = @kind AND parent = @parent ORDER BY id LIMIT @limit";

    private const string PutLabel = "UPDATE registry_versions SET label = @label WHERE namespace = @ns AND model = @model AND version = @version";

    public static Task AddAsync(IWriteSession session, ThingRow row) => session.ExecuteAsync(Add, row);

    public static Task UpdateAsync(IWriteSession session, ThingRow row) => session.ExecuteAsync(Put, row);

    public static Task<ThingRow?> FindAsync(IReadSession session, string ns, string kind, long id) =>
        session.QuerySingleOrDefaultAsync<ThingRow>(Select, new { ns, kind, id });

    public static Task<ThingRow?> FindByNameAsync(IReadSession session, string ns, string kind, long parent, string name) =>
        session.QuerySingleOrDefaultAsync<ThingRow>(SelectByName, new { ns, kind, parent, name });

    public static Task<ThingRow?> FindByExternalIdAsync(IReadSession session, string ns, string kind, string externalId) =>
        session.QuerySingleOrDefaultAsync<ThingRow>(SelectByExternalId, new { ns, kind, externalId });

    /// <param name="parent">Null: of all parents.</param>
    public static Task<IReadOnlyList<ThingRow>> ListAsync(IReadSession session, string ns, string kind, long? parent, int limit) =>
        session.QueryAsync<ThingRow>(parent is null ? SelectAll : SelectOfParent, new { ns, kind, parent, limit });

    public static Task SetLabelAsync(IWriteSession session, string ns, string model, long version, string label) =>
        session.ExecuteAsync(PutLabel, new { ns, model, version, label });

    public static async Task<ModelRow?> FindModelAsync(IReadSession session, string ns, long id) =>
        (await RegistryStore.SearchModelsAsync(session, ns, "m.id = @id", "m.id", new() { ["id"] = id }, 1, 0)).FirstOrDefault();

    public static async Task<ModelRow?> FindModelByExternalIdAsync(IReadSession session, string ns, string externalId) =>
        (await RegistryStore.SearchModelsAsync(session, ns, "m.external_id = @externalId", "m.id", new() { ["externalId"] = externalId }, 1, 0)).FirstOrDefault();

    public static Task<IReadOnlyList<ModelRow>> ModelsAsync(IReadSession session, string ns, string order, int limit, long offset) =>
        RegistryStore.SearchModelsAsync(session, ns, "m.id > 0", order, [], limit, offset);

    public static async Task<VersionRow?> FindVersionAsync(IReadSession session, string ns, long id) =>
        (await RegistryStore.SearchVersionsAsync(session, ns, "v.id = @id", "v.id", new() { ["id"] = id }, 1, 0)).FirstOrDefault();

    public static async Task<VersionRow?> FindVersionByExternalIdAsync(IReadSession session, string ns, string externalId) =>
        (await RegistryStore.SearchVersionsAsync(session, ns, "v.external_id = @externalId", "v.id", new() { ["externalId"] = externalId }, 1, 0)).FirstOrDefault();

    /// <summary>By what a client calls it, or by its number.</summary>
    public static async Task<VersionRow?> FindVersionByNameAsync(IReadSession session, string ns, string model, string name) =>
        (await RegistryStore.SearchVersionsAsync(
            session, ns, "v.model = @model AND (v.label = @name OR (v.label IS NULL AND CAST(v.version AS TEXT) = @name))", "v.id",
            new() { ["model"] = model, ["name"] = name }, 1, 0)).FirstOrDefault();

    /// <param name="model">Null: of all models.</param>
    public static Task<IReadOnlyList<VersionRow>> VersionsAsync(IReadSession session, string ns, string? model, string order, int limit, long offset) =>
        RegistryStore.SearchVersionsAsync(
            session, ns, model is null ? "v.id > 0" : "v.model = @model AND v.id > 0", order, model is null ? [] : new() { ["model"] = model }, limit, offset);
}

internal sealed record ThingRow
{
    public long Id { get; init; }

    public string Namespace { get; init; } = "";

    public string Kind { get; init; } = "";

    public long Parent { get; init; }

    public string Name { get; init; } = "";

    public string? ExternalId { get; init; }

    public string Body { get; init; } = "{}";

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset Updated { get; init; }
}
