using System.Diagnostics.CodeAnalysis;

namespace Slipway.Pipelines.Artifacts;

/// <summary>What URIs and digests of artifacts mean here.</summary>
internal static class ArtifactUris
{
    private const string Ours = "slipway://pipelines";

    /// <summary>Says that the digest is that of a file or folder which stays where it is.</summary>
    public const string FileDigest = "file-sha256:";

    /// <summary>Says that only the URI is known of it: equal URIs count as equal content.</summary>
    public const string UriDigest = "uri-sha256:";

    /// <summary>Where an output is: a name, which its digest leads to the content of.</summary>
    public static string Of(string pipeline, string run, string path, long attempt, string output) => $"{Ours}/{pipeline}/{run}/{path}/{attempt}/{output}";

    public static bool IsOurs(string uri) => uri.StartsWith(Ours + "/", StringComparison.Ordinal);

    /// <summary>The digest names an object of the store.</summary>
    public static bool IsStored([NotNullWhen(true)] string? digest) => digest is { Length: 64 };

    /// <summary>The path on this machine that a URI means, or null for what lies elsewhere.</summary>
    public static string? LocalPath(string uri)
    {
        if (uri.StartsWith("file://", StringComparison.Ordinal) && Uri.TryCreate(uri, UriKind.Absolute, out var parsed))
        {
            return parsed.LocalPath;
        }

        return uri.StartsWith('/') ? uri : null;
    }

    /// <summary>Whether the path, with its links followed by name only, lies in the folder.</summary>
    public static bool IsInside(string path, string folder) =>
        Path.GetFullPath(path).StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);
}
