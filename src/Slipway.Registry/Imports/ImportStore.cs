using Slipway.Platform.Database;

namespace Slipway.Registry.Imports;

/// <summary>What only imports do to the tables: keep numbers and times that were given elsewhere.</summary>
internal static class ImportStore
{
    private const string AtLeast = "UPDATE registry_models SET last_version = @version WHERE namespace = @ns AND name = @name AND last_version < @version";
    private const string ModelTimes = "UPDATE registry_models SET created = @created, updated = @updated WHERE namespace = @ns AND name = @name";

    private const string VersionState =
        "UPDATE registry_versions SET status = @status, status_message = @message, updated = @updated WHERE namespace = @ns AND model = @name AND version = @version";

    private const string KeyOf = "SELECT idempotency_key FROM registry_versions WHERE namespace = @ns AND model = @name AND version = @version";

    private const string Models = "SELECT name FROM registry_models WHERE namespace = @ns AND name > @after ORDER BY name LIMIT @limit";

    /// <summary>The next version made here gets a number above it.</summary>
    public static Task ReserveAsync(IWriteSession session, string ns, string name, int version) => session.ExecuteAsync(AtLeast, new { ns, name, version });

    public static Task SetModelTimesAsync(IWriteSession session, string ns, string name, DateTimeOffset created, DateTimeOffset updated) =>
        session.ExecuteAsync(ModelTimes, new { ns, name, created, updated });

    public static Task SetVersionStateAsync(IWriteSession session, string ns, string name, int version, string status, string message, DateTimeOffset updated) =>
        session.ExecuteAsync(VersionState, new { ns, name, version, status, message, updated });

    public static Task<string?> FindKeyAsync(IReadSession session, string ns, string name, int version) =>
        session.QuerySingleOrDefaultAsync<string>(KeyOf, new { ns, name, version });

    public static Task<IReadOnlyList<string>> NamesAsync(IReadSession session, string ns, string after, int limit) => session.QueryAsync<string>(Models, new { ns, after, limit });
}
