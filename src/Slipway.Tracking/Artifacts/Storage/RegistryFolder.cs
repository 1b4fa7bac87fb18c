using System.Globalization;
using Slipway.Contracts.Registry.Ports;
using Slipway.Tracking.Artifacts.Domain;

namespace Slipway.Tracking.Artifacts.Storage;

/// <summary>
/// The folder <c>registry/MODEL/VERSION</c>: versions that Slipway trained, shown as files so that MLflow's clients download them like any other model.
/// They have no rows in the tree; the registry tells their objects.
/// </summary>
internal sealed class RegistryFolder(IEnumerable<IModelVersionFiles> versions)
{
    private const string Root = "registry";

    public static bool Has(ArtifactPath path) => path.IsWithin(Root);

    public async Task<ArtifactRow?> FindAsync(string ns, ArtifactPath path, CancellationToken cancellation)
    {
        var files = await FilesAsync(ns, path, cancellation);
        return files.FirstOrDefault(f => f.Path == path.Value)
            ?? (files.Any(f => f.Path.StartsWith(path.Value + "/", StringComparison.Ordinal)) ? Folder(path.Parent, path.Name) : null);
    }

    public async Task<IReadOnlyList<ArtifactRow>> ListAsync(string ns, ArtifactPath folder, CancellationToken cancellation)
    {
        var below = folder.Value + "/";
        return
        [
            .. (await FilesAsync(ns, folder, cancellation)).Where(f => f.Path.StartsWith(below, StringComparison.Ordinal))
                .Select(f => f.Path[below.Length..].Split('/') is [var name, _, ..] ? Folder(folder.Value, name) : f)
                .DistinctBy(f => f.Name).OrderBy(f => f.Name, StringComparer.Ordinal),
        ];
    }

    public async Task<IReadOnlyList<ArtifactRow>> ListTreeAsync(string ns, ArtifactPath folder, CancellationToken cancellation) =>
        [.. (await FilesAsync(ns, folder, cancellation)).Where(f => f.Path.StartsWith(folder.Value + "/", StringComparison.Ordinal)).OrderBy(f => f.Path, StringComparer.Ordinal)];

    // All files of the version that the path stands in; none where there is no version, which lists as an empty folder.
    private async Task<IReadOnlyList<ArtifactRow>> FilesAsync(string ns, ArtifactPath path, CancellationToken cancellation)
    {
        if (path.Value.Split('/') is not [Root, var model, var number, ..] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            || versions.FirstOrDefault() is not { } registry
            || !(await registry.ListAsync(ns, model, version, cancellation)).TryGet(out var files, out _))
        {
            return [];
        }

        return [.. files.Select(f => ToRow($"{Root}/{model}/{number}/{f.Path}", f))];
    }

    private static ArtifactRow ToRow(string path, ModelVersionFile file)
    {
        var cut = path.LastIndexOf('/');
        return new ArtifactRow(path[..cut], path[(cut + 1)..], false, file.Sha256, file.Bytes, DateTimeOffset.UnixEpoch);
    }

    private static ArtifactRow Folder(string parent, string name) => new(parent, name, true, "", 0, DateTimeOffset.UnixEpoch);
}
