using System.Text.Json.Nodes;
using Slipway.Platform.Database;

namespace Slipway.Platform.Resources.Storage;

/// <summary>Who depends on whom.</summary>
internal static class OwnerStore
{
    private const string Add = """
        INSERT INTO resource_owners (owner_uid, kind, namespace, name) VALUES (@uid, @kind, @ns, @name) ON CONFLICT DO NOTHING
        """;

    private const string Clear = "DELETE FROM resource_owners WHERE kind = @kind AND namespace = @ns AND name = @name";

    private const string Dependents = """
        SELECT r.kind, r.namespace, r.name, r.version, r.body FROM resource_owners o
        JOIN resources r ON r.kind = o.kind AND r.namespace = o.namespace AND r.name = o.name
        WHERE o.owner_uid = @uid ORDER BY r.kind, r.namespace, r.name LIMIT @limit
        """;

    private const string Ownerless = """
        SELECT r.kind, r.namespace, r.name, r.version, r.body FROM resource_owners o
        JOIN resources r ON r.kind = o.kind AND r.namespace = o.namespace AND r.name = o.name
        WHERE r.deleting = 0 AND NOT EXISTS (SELECT 1 FROM resources w WHERE w.uid = o.owner_uid)
        LIMIT @limit
        """;

    private const string Lives = "SELECT COUNT(*) FROM resources WHERE uid = @uid";

    /// <summary>Makes the table say what the object's ownerReferences say.</summary>
    public static async Task SyncAsync(IWriteSession session, ResourceRow row, JsonObject? before, JsonObject? after)
    {
        var (was, now) = (UidsOf(before), UidsOf(after));
        if (was.SetEquals(now))
        {
            return;
        }

        await session.ExecuteAsync(Clear, new { kind = row.Kind, ns = row.Namespace, name = row.Name });
        foreach (var uid in now)
        {
            await session.ExecuteAsync(Add, new { uid, kind = row.Kind, ns = row.Namespace, name = row.Name });
        }
    }

    public static Task<IReadOnlyList<ResourceRow>> DependentsAsync(IReadSession session, string uid, long limit) =>
        session.QueryAsync<ResourceRow>(Dependents, new { uid, limit });

    /// <summary>Objects that name an owner that is no longer there.</summary>
    public static Task<IReadOnlyList<ResourceRow>> OwnerlessAsync(IReadSession session, long limit) =>
        session.QueryAsync<ResourceRow>(Ownerless, new { limit });

    public static async Task<bool> LivesAsync(IReadSession session, string uid) =>
        await session.QuerySingleOrDefaultAsync<long>(Lives, new { uid }) > 0;

    private static HashSet<string> UidsOf(JsonObject? obj) =>
        obj?["metadata"]?["ownerReferences"] is JsonArray owners
            ? [.. owners.Select(o => (string?)o?["uid"]).OfType<string>()]
            : [];
}
