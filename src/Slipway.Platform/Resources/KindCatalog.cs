namespace Slipway.Platform.Resources;

/// <summary>Every kind that this server knows, built once at start from the modules.</summary>
public sealed class KindCatalog
{
    private readonly Dictionary<(string Group, string Version, string Plural), ResourceKind> _byPlural = [];
    private readonly Dictionary<(string Group, string Kind), ResourceKind> _byKind = [];

    public KindCatalog(IEnumerable<ResourceKind> kinds)
    {
        foreach (var kind in kinds)
        {
            _byPlural.Add((kind.Group, kind.Version, kind.Plural), kind);
            _byKind.Add((kind.Group, kind.Kind), kind);
        }

        All = [.. _byPlural.Values.OrderBy(k => k.Group, StringComparer.Ordinal).ThenBy(k => k.Kind, StringComparer.Ordinal)];
    }

    public IReadOnlyList<ResourceKind> All { get; }

    public ResourceKind? Find(string group, string version, string plural) => _byPlural.GetValueOrDefault((group, version, plural));

    public ResourceKind? FindByKind(string group, string kind) => _byKind.GetValueOrDefault((group, kind));
}
