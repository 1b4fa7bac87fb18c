using Slipway.Platform.Database;
using Slipway.Registry.Catalog;
using Slipway.Registry.Hooks;

namespace Slipway.Registry.Filling;

/// <summary>Rows from before they had ids and signatures, or their secrets were sealed.</summary>
internal static class FillStore
{
    private const string SelectModels = "SELECT namespace, name FROM registry_models WHERE id = 0 ORDER BY created LIMIT @limit";

    private const string PutModelId = "UPDATE registry_models SET id = @id WHERE namespace = @ns AND name = @name";

    private const string SelectVersions = "SELECT namespace, model, version FROM registry_versions WHERE id = 0 ORDER BY created LIMIT @limit";

    private const string PutVersion =
        """
        UPDATE registry_versions SET id = @id, updated = created, run_id = @run, signature = @signature, inspected = 1
        WHERE namespace = @ns AND model = @model AND version = @version
        """;

    private const string SelectHooks = "SELECT namespace, id, secret FROM registry_webhooks WHERE sealed = 0 ORDER BY created LIMIT @limit";

    private const string SealHook = "UPDATE registry_webhooks SET secret = @Secret, sealed = 1 WHERE namespace = @Namespace AND id = @Id";

    public static Task<IReadOnlyList<ModelRow>> ModelsAsync(IReadSession session, int limit) => session.QueryAsync<ModelRow>(SelectModels, new { limit });

    public static Task<IReadOnlyList<VersionRow>> VersionsAsync(IReadSession session, int limit) => session.QueryAsync<VersionRow>(SelectVersions, new { limit });

    public static Task<IReadOnlyList<HookRow>> OpenHooksAsync(IReadSession session, int limit) => session.QueryAsync<HookRow>(SelectHooks, new { limit });

    public static Task SealHookAsync(IWriteSession session, HookRow hook) => session.ExecuteAsync(SealHook, new { hook.Namespace, hook.Id, hook.Secret });

    public static Task SetModelIdAsync(IWriteSession session, string ns, string name, long id) => session.ExecuteAsync(PutModelId, new { ns, name, id });

    public static Task SetVersionAsync(IWriteSession session, string ns, string model, long version, long id, string run, string signature) =>
        session.ExecuteAsync(PutVersion, new { ns, model, version, id, run, signature });
}
