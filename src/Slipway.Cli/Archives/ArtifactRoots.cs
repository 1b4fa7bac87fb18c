namespace Slipway.Cli.Archives;

/// <summary>Where the archive's artifact roots went on the server, so that what points below one of them can be made to point there.</summary>
internal sealed class ArtifactRoots
{
    private readonly Dictionary<string, string> _roots = new(StringComparer.Ordinal);

    public void Add(string before, string after)
    {
        if (before.Length > 0)
        {
            _roots[before.TrimEnd('/')] = after;
        }
    }

    /// <summary>The address on the server; null when it is below no root that was moved.</summary>
    public string? Moved(string address)
    {
        // Roots hold no roots, so the first that fits going up is the one.
        for (var root = address.TrimEnd('/'); root.Length > 0; root = root.LastIndexOf('/') is var slash and > 0 ? root[..slash] : "")
        {
            if (_roots.TryGetValue(root, out var after))
            {
                return after + address.TrimEnd('/')[root.Length..];
            }
        }

        return null;
    }
}
