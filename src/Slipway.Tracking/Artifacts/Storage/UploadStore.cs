using Slipway.Platform.Database;

namespace Slipway.Tracking.Artifacts.Storage;

/// <summary>An upload in parts.</summary>
/// <param name="Digest">Of the whole file once it is complete; empty before.</param>
internal sealed record UploadRow(string Id, string Namespace, string Path, long Parts, string Digest, DateTimeOffset Started);

internal sealed record PartRow(long Number, string Digest, long Bytes);

internal static class UploadStore
{
    private const string Insert = "INSERT INTO tracking_artifact_uploads (id, namespace, path, parts, digest, started) VALUES (@Id, @Namespace, @Path, @Parts, @Digest, @Started)";

    private const string Select = "SELECT id, namespace, path, parts, digest, started FROM tracking_artifact_uploads WHERE id = @id";

    private const string SelectStale = "SELECT id FROM tracking_artifact_uploads WHERE started <= @before ORDER BY started LIMIT @limit";

    private const string SetDigest = "UPDATE tracking_artifact_uploads SET digest = @digest WHERE id = @id";

    private const string Delete = "DELETE FROM tracking_artifact_uploads WHERE id = @id";

    private const string DeleteParts = "DELETE FROM tracking_artifact_parts WHERE upload_id = @id";

    private const string SelectParts = "SELECT number, digest, bytes FROM tracking_artifact_parts WHERE upload_id = @id ORDER BY number";

    private const string SelectPart = "SELECT number, digest, bytes FROM tracking_artifact_parts WHERE upload_id = @id AND number = @number";

    private const string PutPart =
        """
        INSERT INTO tracking_artifact_parts (upload_id, number, digest, bytes) VALUES (@id, @number, @digest, @bytes)
        ON CONFLICT (upload_id, number) DO UPDATE SET digest = excluded.digest, bytes = excluded.bytes
        """;

    public static Task AddAsync(IWriteSession session, UploadRow upload) => session.ExecuteAsync(Insert, upload);

    public static Task<UploadRow?> FindAsync(IReadSession session, string id) => session.QuerySingleOrDefaultAsync<UploadRow>(Select, new { id });

    public static Task<IReadOnlyList<string>> StaleAsync(IReadSession session, DateTimeOffset before, int limit) =>
        session.QueryAsync<string>(SelectStale, new { before, limit });

    /// <summary>By number.</summary>
    public static Task<IReadOnlyList<PartRow>> PartsAsync(IReadSession session, string id) => session.QueryAsync<PartRow>(SelectParts, new { id });

    /// <summary>A part that comes again takes the place of the one before; answers the digest that lost its name, if any.</summary>
    public static async Task<string?> PutPartAsync(IWriteSession session, string id, PartRow part)
    {
        var before = await session.QuerySingleOrDefaultAsync<PartRow>(SelectPart, new { id, number = part.Number });
        await session.ExecuteAsync(PutPart, new { id, number = part.Number, digest = part.Digest, bytes = part.Bytes });
        return before is null || before.Digest == part.Digest ? null : before.Digest;
    }

    /// <summary>Notes what the whole came to and leaves the parts' objects to the collector.</summary>
    public static async Task CompleteAsync(IWriteSession session, string id, string digest, DateTimeOffset now)
    {
        await DropPartsAsync(session, id, now);
        await session.ExecuteAsync(SetDigest, new { id, digest });
    }

    /// <summary>Forgets the upload, complete or not, and leaves its parts' objects to the collector.</summary>
    public static async Task EndAsync(IWriteSession session, string id, DateTimeOffset now)
    {
        await DropPartsAsync(session, id, now);
        await session.ExecuteAsync(Delete, new { id });
    }

    private static async Task DropPartsAsync(IWriteSession session, string id, DateTimeOffset now)
    {
        await ArtifactObjectStore.UnnamePartsAsync(session, id, now);
        await session.ExecuteAsync(DeleteParts, new { id });
    }
}
