using Slipway.Platform.Database;

namespace Slipway.Platform.Resources.Storage;

/// <summary>A stored object: the body lacks its resourceVersion, which is the row's version (<see cref="ResourceBody"/>).</summary>
internal sealed record ResourceRow(string Kind, string Namespace, string Name, long Version, string Body);

/// <summary>The present and past of resources, as rows.</summary>
internal static class ResourceRowStore
{
    private const string FindOne =
        "SELECT kind, namespace, name, version, body FROM resources WHERE kind = @kind AND namespace = @ns AND name = @name";

    private const string InsertOne = """
        INSERT INTO resources (kind, namespace, name, uid, version, deleting, body) VALUES (@kind, @ns, @name, @uid, @version, 0, @body)
        """;

    private const string UpdateOne =
        "UPDATE resources SET version = @version, deleting = @deleting, body = @body WHERE kind = @kind AND namespace = @ns AND name = @name";

    private const string DeleteOne = "DELETE FROM resources WHERE kind = @kind AND namespace = @ns AND name = @name";

    private const string KeepOld = """
        INSERT INTO resource_history (kind, namespace, name, valid_from, valid_until, replaced_at, body)
        SELECT kind, namespace, name, version, @version, @now, body FROM resources WHERE kind = @kind AND namespace = @ns AND name = @name
        """;

    // Each arm walks its primary key in order, so a page of 500 out of 10,000 reads 500 rows (and the few that changed since).
    private const string PageOfAll = """
        SELECT kind, namespace, name, version, body FROM resources
        WHERE kind = @kind AND (namespace, name) > (@afterNs, @afterName) AND version <= @at
        UNION ALL
        SELECT kind, namespace, name, valid_from, body FROM resource_history
        WHERE kind = @kind AND (namespace, name) > (@afterNs, @afterName) AND valid_until > @at AND valid_from <= @at
        ORDER BY namespace, name LIMIT @limit
        """;

    private const string PageOfNamespace = """
        SELECT kind, namespace, name, version, body FROM resources
        WHERE kind = @kind AND namespace = @ns AND name > @afterName AND version <= @at
        UNION ALL
        SELECT kind, namespace, name, valid_from, body FROM resource_history
        WHERE kind = @kind AND namespace = @ns AND name > @afterName AND valid_until > @at AND valid_from <= @at
        ORDER BY namespace, name LIMIT @limit
        """;

    private const string CountAfter = """
        SELECT COUNT(*) FROM resources WHERE kind = @kind AND (namespace, name) > (@afterNs, @afterName)
        """;

    private const string CountAfterInNamespace =
        "SELECT COUNT(*) FROM resources WHERE kind = @kind AND namespace = @ns AND name > @afterName";

    private const string ReadHorizon = "SELECT version FROM resource_horizon WHERE id = 1";

    private const string RaiseHorizon = """
        UPDATE resource_horizon SET version = (SELECT MAX(valid_until) FROM resource_history WHERE replaced_at < @before)
        WHERE id = 1 AND version < (SELECT MAX(valid_until) FROM resource_history WHERE replaced_at < @before)
        """;

    private const string Forget = "DELETE FROM resource_history WHERE replaced_at < @before";

    private const string ContentOfNamespace =
        "SELECT kind, namespace, name, version, body FROM resources WHERE namespace = @ns ORDER BY kind, name LIMIT @limit";

    private const string BeingDeleted = "SELECT kind, namespace, name, version, body FROM resources WHERE deleting = 1 LIMIT @limit";

    public static Task<ResourceRow?> FindAsync(IReadSession session, string kind, string ns, string name) =>
        session.QuerySingleOrDefaultAsync<ResourceRow>(FindOne, new { kind, ns, name });

    public static Task InsertAsync(IWriteSession session, ResourceRow row, string uid) =>
        session.ExecuteAsync(InsertOne, new { kind = row.Kind, ns = row.Namespace, name = row.Name, uid, version = row.Version, body = row.Body });

    /// <summary>Replaces the row's body and version; the old body goes to the history.</summary>
    public static async Task ReplaceAsync(IWriteSession session, ResourceRow row, bool deleting, long now)
    {
        await KeepAsync(session, row, now);
        await session.ExecuteAsync(
            UpdateOne,
            new { kind = row.Kind, ns = row.Namespace, name = row.Name, version = row.Version, deleting = deleting ? 1L : 0L, body = row.Body });
    }

    /// <param name="row">Its version is the moment of the deletion.</param>
    public static async Task RemoveAsync(IWriteSession session, ResourceRow row, long now)
    {
        await KeepAsync(session, row, now);
        await session.ExecuteAsync(DeleteOne, new { kind = row.Kind, ns = row.Namespace, name = row.Name });
    }

    /// <summary>Objects as they were at the moment <paramref name="at"/>, in key order after (<paramref name="afterNs"/>, <paramref name="afterName"/>).</summary>
    /// <param name="ns">Null for all namespaces.</param>
    public static Task<IReadOnlyList<ResourceRow>> PageAsync(
        IReadSession session, string kind, string? ns, string afterNs, string afterName, long at, long limit) =>
        ns is null
            ? session.QueryAsync<ResourceRow>(PageOfAll, new { kind, afterNs, afterName, at, limit })
            : session.QueryAsync<ResourceRow>(PageOfNamespace, new { kind, ns, afterName, at, limit });

    public static Task<long> CountAfterAsync(IReadSession session, string kind, string? ns, string afterNs, string afterName) =>
        ns is null
            ? session.QuerySingleOrDefaultAsync<long>(CountAfter, new { kind, afterNs, afterName })
            : session.QuerySingleOrDefaultAsync<long>(CountAfterInNamespace, new { kind, ns, afterName });

    public static Task<long> HorizonAsync(IReadSession session) => session.QuerySingleOrDefaultAsync<long>(ReadHorizon);

    /// <param name="before">Microseconds; what was replaced earlier is forgotten and the horizon moves up.</param>
    public static async Task<int> CompactAsync(IWriteSession session, long before)
    {
        await session.ExecuteAsync(RaiseHorizon, new { before });
        return await session.ExecuteAsync(Forget, new { before });
    }

    public static Task<IReadOnlyList<ResourceRow>> InNamespaceAsync(IReadSession session, string ns, long limit) =>
        session.QueryAsync<ResourceRow>(ContentOfNamespace, new { ns, limit });

    public static Task<IReadOnlyList<ResourceRow>> DeletingAsync(IReadSession session, long limit) =>
        session.QueryAsync<ResourceRow>(BeingDeleted, new { limit });

    private static Task KeepAsync(IWriteSession session, ResourceRow row, long now) =>
        session.ExecuteAsync(KeepOld, new { kind = row.Kind, ns = row.Namespace, name = row.Name, version = row.Version, now });
}
