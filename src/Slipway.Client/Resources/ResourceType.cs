namespace Slipway.Client.Resources;

/// <summary>A kind of resource as the server's discovery names it.</summary>
public sealed record ResourceType
{
    /// <summary>Empty for the core group.</summary>
    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Kind { get; init; }

    /// <summary>Lower-case plural, as in URLs.</summary>
    public required string Plural { get; init; }

    public string Singular { get; init; } = "";

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public bool Namespaced { get; init; } = true;

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>monitors.slipway.dev</c>, or <c>configmaps</c> in the core group.</summary>
    public string QualifiedName => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary><c>monitor.slipway.dev</c>, as answers name a single one.</summary>
    public string SingularName => Group.Length == 0 ? SingularOrKind : $"{SingularOrKind}.{Group}";

    private string SingularOrKind => Singular.Length > 0 ? Singular : Kind.ToLowerInvariant();

    /// <summary>The path of one resource, or of the collection without a name; without a namespace, the collection over all of them.</summary>
    public string PathOf(string? ns, string? name = null)
    {
        var root = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        var scope = Namespaced && ns is not null ? $"{root}/namespaces/{Uri.EscapeDataString(ns)}" : root;
        return name is null ? $"{scope}/{Plural}" : $"{scope}/{Plural}/{Uri.EscapeDataString(name)}";
    }
}
