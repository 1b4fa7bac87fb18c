using Slipway.Platform.Database;

namespace Slipway.Tracking.Artifacts.Storage;

/// <summary>What the objects behind artifacts are, and which of them may have lost their last name.</summary>
internal static class ArtifactObjectStore
{
    private const string SelectKnown = "SELECT digest FROM tracking_artifact_objects WHERE digest = @digest";

    private const string Name =
        """
        INSERT INTO tracking_artifact_objects (digest, bytes, unnamed_since) VALUES (@digest, @bytes, NULL)
        ON CONFLICT (digest) DO UPDATE SET unnamed_since = NULL
        """;

    private const string Unname = "UPDATE tracking_artifact_objects SET unnamed_since = @now WHERE digest = @digest";

    private const string UnnameParts =
        "UPDATE tracking_artifact_objects SET unnamed_since = @now WHERE digest IN (SELECT digest FROM tracking_artifact_parts WHERE upload_id = @id)";

    private const string SelectUnnamed =
        "SELECT digest FROM tracking_artifact_objects WHERE unnamed_since IS NOT NULL AND unnamed_since <= @before ORDER BY unnamed_since LIMIT @limit";

    private const string SelectNamed =
        """
        SELECT digest FROM tracking_artifacts WHERE is_folder = 0 AND digest IN @digests
        UNION SELECT digest FROM tracking_artifact_parts WHERE digest IN @digests
        """;

    private const string Keep = "UPDATE tracking_artifact_objects SET unnamed_since = NULL WHERE digest IN @digests";

    private const string LookAgain = "UPDATE tracking_artifact_objects SET unnamed_since = @at WHERE digest IN @digests";

    private const string Forget = "DELETE FROM tracking_artifact_objects WHERE digest IN @digests";

    /// <summary>False for an object that is new here, or that the collector took away.</summary>
    public static async Task<bool> IsKnownAsync(IReadSession session, string digest) =>
        await session.QuerySingleOrDefaultAsync<string>(SelectKnown, new { digest }) is not null;

    public static Task NameAsync(IWriteSession session, string digest, long bytes) => session.ExecuteAsync(Name, new { digest, bytes });

    public static Task UnnameAsync(IWriteSession session, string digest, DateTimeOffset now) => session.ExecuteAsync(Unname, new { digest, now });

    public static Task UnnamePartsAsync(IWriteSession session, string uploadId, DateTimeOffset now) =>
        session.ExecuteAsync(UnnameParts, new { id = uploadId, now });

    /// <summary>Objects that lost a name before then, longest ago first.</summary>
    public static Task<IReadOnlyList<string>> UnnamedAsync(IReadSession session, DateTimeOffset before, int limit) =>
        session.QueryAsync<string>(SelectUnnamed, new { before, limit });

    /// <summary>Those that an artifact or a part of an upload still names.</summary>
    public static Task<IReadOnlyList<string>> NamedAsync(IReadSession session, IReadOnlyList<string> digests) =>
        session.QueryAsync<string>(SelectNamed, new { digests = digests.ToArray() });

    public static Task KeepAsync(IWriteSession session, IReadOnlyList<string> digests) => session.ExecuteAsync(Keep, new { digests = digests.ToArray() });

    /// <summary>Puts off the question until <paramref name="at"/>.</summary>
    public static Task LookAgainAsync(IWriteSession session, IReadOnlyList<string> digests, DateTimeOffset at) => session.ExecuteAsync(LookAgain, new { at, digests = digests.ToArray() });

    public static Task ForgetAsync(IWriteSession session, IReadOnlyList<string> digests) => session.ExecuteAsync(Forget, new { digests = digests.ToArray() });
}
