using Slipway.Contracts.Tracking.Ports;

namespace Slipway.Tracking.Archives.Files;

/// <summary>Finds the folder on this machine that an artifact URI of an archive names.</summary>
/// <param name="proxied">Where the server kept <c>mlflow-artifacts:/...</c>; null when nobody knows.</param>
/// <param name="home">What relative paths are relative to: the folder that the server ran in.</param>
internal sealed class ArtifactFolders(string? proxied, string home)
{
    /// <summary>By path; null when the URI leads elsewhere, empty when the folder is empty or gone. Links are not followed: they may lead anywhere.</summary>
    public IReadOnlyList<ArchivedFile>? FindFiles(string artifactUri)
    {
        if (FolderOf(artifactUri) is not { } folder)
        {
            return null;
        }

        if (!Directory.Exists(folder))
        {
            return [];
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return
        [
            .. Directory.EnumerateFiles(folder, "*", options)
                .Select(path => new ArchivedFile(Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'), path, new FileInfo(path).Length))
                .OrderBy(f => f.Path, StringComparer.Ordinal),
        ];
    }

    private string? FolderOf(string uri)
    {
        const string Proxy = "mlflow-artifacts:";
        if (uri.StartsWith(Proxy, StringComparison.Ordinal))
        {
            var path = uri[Proxy.Length..];
            if (path.StartsWith("//", StringComparison.Ordinal))
            {
                // mlflow-artifacts://host:port/path; the host only says which server.
                path = path.IndexOf('/', 2) is var slash and > 0 ? path[slash..] : "";
            }

            return proxied is null ? null : Inside(proxied, Uri.UnescapeDataString(path));
        }

        if (uri.StartsWith("file:", StringComparison.Ordinal))
        {
            // MLflow writes file:///path, and file:path in relative ones.
            var path = Uri.UnescapeDataString(uri["file:".Length..]);
            return Path.GetFullPath(path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path, home);
        }

        return uri.Length == 0 || uri.Contains(':', StringComparison.Ordinal) ? null : Path.GetFullPath(uri, home);
    }

    private static string? Inside(string root, string path)
    {
        var full = Path.GetFullPath(Path.Join(root, path));
        return full.StartsWith(Path.GetFullPath(root), StringComparison.Ordinal) ? full : null;
    }
}
