using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;
using Slipway.Tracking.Artifacts.Domain;

namespace Slipway.Tracking.Artifacts.Storage;

/// <summary>
/// The artifact files of a namespace by path. A file's bytes go to the object store first and get their name in the tree afterwards, in one transaction:
/// before that nothing shows, after it the file is whole. Below <c>registry/</c> stand the files of model versions that Slipway trained, to be read only.
/// </summary>
internal sealed class ArtifactTree(IDatabase database, IObjectStore objects, IEnumerable<IModelVersionFiles> versions, TimeProvider time)
{
    private readonly RegistryFolder _registry = new(versions);

    /// <summary>NotFound when nothing is there. The root is a folder.</summary>
    public async Task<Result<ArtifactRow>> FindAsync(string ns, ArtifactPath path, CancellationToken cancellation)
    {
        if (path.IsRoot)
        {
            return new ArtifactRow("", "", true, "", 0, DateTimeOffset.UnixEpoch);
        }

        var found = RegistryFolder.Has(path)
            ? await _registry.FindAsync(ns, path, cancellation)
            : await database.ReadAsync((session, _) => ArtifactTreeStore.FindAsync(session, ns, path), cancellation);
        return found is null ? NoArtifact(path) : found;
    }

    public async Task<Result<ArtifactRow>> FindFileAsync(string ns, ArtifactPath path, CancellationToken cancellation) =>
        (await FindAsync(ns, path, cancellation)).Then<ArtifactRow>(
            found => found.IsFolder ? Problem.NotFound($"a file at '{path}' (it is a folder, whose files are downloaded one by one)") : found);

    public Task<IReadOnlyList<ArtifactRow>> ListAsync(string ns, ArtifactPath folder, CancellationToken cancellation) => RegistryFolder.Has(folder)
        ? _registry.ListAsync(ns, folder, cancellation)
        : database.ReadAsync((session, _) => ArtifactTreeStore.ChildrenAsync(session, ns, folder), cancellation);

    public Task<IReadOnlyList<ArtifactRow>> ListTreeAsync(string ns, ArtifactPath folder, CancellationToken cancellation) => RegistryFolder.Has(folder)
        ? _registry.ListTreeAsync(ns, folder, cancellation)
        : database.ReadAsync((session, _) => ArtifactTreeStore.TreeAsync(session, ns, folder), cancellation);

    public Task<Result<Stream>> OpenAsync(ArtifactRow file, long offset, long? length, CancellationToken cancellation) =>
        objects.OpenAsync(file.Digest, offset, length, cancellation);

    /// <summary>Whether a file may be written there, asked before its bytes travel: all of them may be many.</summary>
    public async Task<Problem?> RefusesAsync(string ns, ArtifactPath path, CancellationToken cancellation)
    {
        if (path.IsRoot)
        {
            return Problem.Invalid("Invalid path: a file needs a name");
        }

        if (RegistryFolder.Has(path))
        {
            return ReadOnly();
        }

        return await database.ReadAsync((session, _) => ArtifactTreeStore.FindAsync(session, ns, path), cancellation) is { IsFolder: true } ? IsFolder(path) : null;
    }

    /// <summary>Receives a file and names it. What was read so far is dropped when <paramref name="content"/> breaks off.</summary>
    public async Task<Result<ArtifactRow>> PutAsync(string ns, ArtifactPath path, Stream content, CancellationToken cancellation)
    {
        if (await RefusesAsync(ns, path, cancellation) is { } refused)
        {
            return refused;
        }

        if (!(await objects.PutAsync(content, null, cancellation)).TryGet(out var stored, out var problem))
        {
            return problem;
        }

        // The bytes are here: whether the caller still waits no longer matters, and a half-done end would leave an object without a name.
        return await database.WriteAsync((session, _) => NameAsync(session, ns, path, stored), CancellationToken.None);
    }

    /// <summary>Gives a stored object its place in the tree, in the caller's transaction.</summary>
    public async Task<Result<ArtifactRow>> NameAsync(IWriteSession session, string ns, ArtifactPath path, ObjectDigest stored)
    {
        if (await HoldAsync(session, stored) is { } gone)
        {
            return gone;
        }

        var now = time.GetUtcNow();
        var before = await ArtifactTreeStore.FindAsync(session, ns, path);
        if (before is { IsFolder: true })
        {
            return IsFolder(path);
        }

        if (await ArtifactTreeStore.MakeFoldersAsync(session, ns, path, now) is { } file)
        {
            return Problem.Invalid($"Invalid path: '{file}' is a file, so nothing can be stored below it");
        }

        if (before is not null && before.Digest != stored.Sha256)
        {
            await ArtifactObjectStore.UnnameAsync(session, before.Digest, now);
        }

        await ArtifactTreeStore.PutFileAsync(session, ns, path, stored.Sha256, stored.Bytes, now);
        return new ArtifactRow(path.Parent, path.Name, false, stored.Sha256, stored.Bytes, now);
    }

    /// <summary>
    /// Keeps an object that was just put from the collector. The collector removes object and row in one transaction, and transactions come one after
    /// another: an object with a row is there, and one without was either put for the first time or removed since, which a look tells.
    /// </summary>
    public async Task<Problem?> HoldAsync(IWriteSession session, ObjectDigest stored)
    {
        if (!await ArtifactObjectStore.IsKnownAsync(session, stored.Sha256) && await objects.FindAsync(stored.Sha256, CancellationToken.None) is null)
        {
            return Problem.Unavailable("the same content was being cleared away at this moment; send it again", TimeSpan.FromSeconds(1));
        }

        await ArtifactObjectStore.NameAsync(session, stored.Sha256, stored.Bytes);
        return null;
    }

    /// <summary>Deletes a file, or a folder with all below it; nothing there is no fault, as with MLflow. Answers the number of files.</summary>
    public async Task<Result<long>> DeleteAsync(string ns, ArtifactPath path, CancellationToken cancellation)
    {
        if (path.IsRoot)
        {
            return Problem.Invalid("Invalid path: the root of all artifacts is not deleted as a whole; name a folder");
        }

        return RegistryFolder.Has(path) ? ReadOnly() : await database.WriteAsync((session, _) => DeleteAsync(session, ns, path), cancellation);
    }

    /// <summary>The same by artifact URI and in the caller's transaction, for the runs, models and experiments that go for good.</summary>
    public async Task<Result<long>> DeleteAsync(IWriteSession session, string ns, string uri)
    {
        // What is kept elsewhere is not ours to delete, and a root of all artifacts belongs to others too.
        return ArtifactUri.Parse(uri).TryGet(out var at, out _) && at.Root == ArtifactRoot.Tree && !at.Path.IsRoot && !RegistryFolder.Has(at.Path)
            ? await DeleteAsync(session, ns, at.Path)
            : 0;
    }

    private async Task<Result<long>> DeleteAsync(IWriteSession session, string ns, ArtifactPath path)
    {
        var (now, files) = (time.GetUtcNow(), 1L);
        switch (await ArtifactTreeStore.FindAsync(session, ns, path))
        {
            case null:
                return 0L;
            case { IsFolder: true }:
                files = await ArtifactTreeStore.DeleteTreeAsync(session, ns, path, now);
                break;
            case var file:
                await ArtifactObjectStore.UnnameAsync(session, file.Digest, now);
                await ArtifactTreeStore.DeleteFileAsync(session, ns, path);
                break;
        }

        await ArtifactTreeStore.PruneAsync(session, ns, path);
        return files;
    }

    private static Problem NoArtifact(ArtifactPath path) => Problem.NotFound($"artifact '{path}'");

    private static Problem IsFolder(ArtifactPath path) => Problem.Invalid($"Invalid path: '{path}' is a folder; give the file another name, or delete the folder first");

    private static Problem ReadOnly() => Problem.Invalid("Invalid path: what is below registry/ are the files of registered versions, which never change");
}
