using Slipway.Platform.Database;
using Slipway.Tracking.Artifacts.Domain;

namespace Slipway.Tracking.Artifacts.Storage;

/// <summary>A row of <c>tracking_artifacts</c>: a file, or a folder with an empty digest.</summary>
internal sealed record ArtifactRow(string Parent, string Name, bool IsFolder, string Digest, long Bytes, DateTimeOffset Modified)
{
    public string Path => Parent.Length == 0 ? Name : $"{Parent}/{Name}";
}

/// <summary>The tree of files and folders. Writes are serial (docs/adr/0003), so a check and the change that follows it see the same tree.</summary>
internal static class ArtifactTreeStore
{
    private const string Columns = "parent, name, is_folder, digest, bytes, modified";

    private const string SelectOne = $"SELECT {Columns} FROM tracking_artifacts WHERE namespace = @ns AND parent = @parent AND name = @name";

    private const string SelectChildren = $"SELECT {Columns} FROM tracking_artifacts WHERE namespace = @ns AND parent = @parent";

    private const string SelectAnyChild = "SELECT name FROM tracking_artifacts WHERE namespace = @ns AND parent = @parent LIMIT 1";

    // The folders from @path down. The root's children have no slash before them.
    private const string Folders =
        """
        WITH RECURSIVE folders (path) AS (
            SELECT CAST(@path AS TEXT)
            UNION ALL
            SELECT CASE WHEN a.parent = '' THEN a.name ELSE a.parent || '/' || a.name END
            FROM tracking_artifacts a JOIN folders f ON a.parent = f.path
            WHERE a.namespace = @ns AND a.is_folder = 1
        )
        """;

    private const string SelectTree =
        $"{Folders} SELECT {Columns} FROM tracking_artifacts WHERE namespace = @ns AND is_folder = 0 AND parent IN (SELECT path FROM folders)";

    private const string UnnameTree =
        $"""
        {Folders} UPDATE tracking_artifact_objects SET unnamed_since = @now
        WHERE digest IN (SELECT digest FROM tracking_artifacts WHERE namespace = @ns AND is_folder = 0 AND parent IN (SELECT path FROM folders))
        """;

    private const string CountTree =
        $"{Folders} SELECT COUNT(*) FROM tracking_artifacts WHERE namespace = @ns AND is_folder = 0 AND parent IN (SELECT path FROM folders)";

    private const string DeleteTree = $"{Folders} DELETE FROM tracking_artifacts WHERE namespace = @ns AND parent IN (SELECT path FROM folders)";

    private const string DeleteOne = "DELETE FROM tracking_artifacts WHERE namespace = @ns AND parent = @parent AND name = @name";

    private const string PutOne =
        """
        INSERT INTO tracking_artifacts (namespace, parent, name, is_folder, digest, bytes, modified)
        VALUES (@ns, @parent, @name, @folder, @digest, @bytes, @now)
        ON CONFLICT (namespace, parent, name) DO UPDATE SET digest = excluded.digest, bytes = excluded.bytes, modified = excluded.modified
        """;

    /// <summary>Null for the root, which has no row.</summary>
    public static Task<ArtifactRow?> FindAsync(IReadSession session, string ns, ArtifactPath path) =>
        session.QuerySingleOrDefaultAsync<ArtifactRow>(SelectOne, new { ns, parent = path.Parent, name = path.Name });

    /// <summary>By name, in the order of their characters whatever the database's language.</summary>
    public static async Task<IReadOnlyList<ArtifactRow>> ChildrenAsync(IReadSession session, string ns, ArtifactPath folder) =>
        [.. (await session.QueryAsync<ArtifactRow>(SelectChildren, new { ns, parent = folder.Value })).OrderBy(r => r.Name, StringComparer.Ordinal)];

    /// <summary>Every file below, by path.</summary>
    public static async Task<IReadOnlyList<ArtifactRow>> TreeAsync(IReadSession session, string ns, ArtifactPath folder) =>
        [.. (await session.QueryAsync<ArtifactRow>(SelectTree, new { ns, path = folder.Value })).OrderBy(r => r.Path, StringComparer.Ordinal)];

    public static Task PutFileAsync(IWriteSession session, string ns, ArtifactPath path, string digest, long bytes, DateTimeOffset now) =>
        session.ExecuteAsync(PutOne, new { ns, parent = path.Parent, name = path.Name, folder = false, digest, bytes, now });

    /// <summary>Makes the folders above that are not there; answers the path of a file that stands in the way.</summary>
    public static async Task<string?> MakeFoldersAsync(IWriteSession session, string ns, ArtifactPath path, DateTimeOffset now)
    {
        // From the nearest up: a folder that is there has all of its own above it.
        for (var folder = path.Parent; folder.Length > 0;)
        {
            var cut = folder.LastIndexOf('/');
            var (parent, name) = (cut < 0 ? "" : folder[..cut], folder[(cut + 1)..]);
            var there = await session.QuerySingleOrDefaultAsync<ArtifactRow>(SelectOne, new { ns, parent, name });
            if (there is not null)
            {
                return there.IsFolder ? null : there.Path;
            }

            await session.ExecuteAsync(PutOne, new { ns, parent, name, folder = true, digest = "", bytes = 0L, now });
            folder = parent;
        }

        return null;
    }

    public static Task DeleteFileAsync(IWriteSession session, string ns, ArtifactPath path) =>
        session.ExecuteAsync(DeleteOne, new { ns, parent = path.Parent, name = path.Name });

    /// <summary>Deletes all below and the folder itself; marks its files' objects for the collector. Answers the number of files.</summary>
    public static async Task<long> DeleteTreeAsync(IWriteSession session, string ns, ArtifactPath folder, DateTimeOffset now)
    {
        var files = await session.QuerySingleOrDefaultAsync<long>(CountTree, new { ns, path = folder.Value });
        await session.ExecuteAsync(UnnameTree, new { ns, path = folder.Value, now });
        await session.ExecuteAsync(DeleteTree, new { ns, path = folder.Value });
        await DeleteFileAsync(session, ns, folder);
        return files;
    }

    /// <summary>Takes away the folders above that have nothing left in them.</summary>
    public static async Task PruneAsync(IWriteSession session, string ns, ArtifactPath path)
    {
        for (var folder = path.Parent; folder.Length > 0;)
        {
            if (await session.QuerySingleOrDefaultAsync<string>(SelectAnyChild, new { ns, parent = folder }) is not null)
            {
                return;
            }

            var cut = folder.LastIndexOf('/');
            var parent = cut < 0 ? "" : folder[..cut];
            await session.ExecuteAsync(DeleteOne, new { ns, parent, name = folder[(cut + 1)..] });
            folder = parent;
        }
    }
}
