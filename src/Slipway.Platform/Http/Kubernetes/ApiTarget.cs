namespace Slipway.Platform.Http.Kubernetes;

/// <summary>What a Kubernetes URL names. <see cref="Namespace"/> is null for a collection across namespaces; name and subresource are empty when absent.</summary>
internal sealed record ApiTarget(string Group, string Version, string Plural, string? Namespace, string Name, string Subresource)
{
    /// <summary>True for <c>/apis/group/version</c> itself.</summary>
    public bool IsGroupVersion => Plural.Length == 0;

    /// <param name="rest">What follows <c>/api/v1</c> or <c>/apis/group/version</c>.</param>
    /// <returns>Null when the path has no place in the API.</returns>
    public static ApiTarget? Parse(string group, string version, string? rest)
    {
        var parts = (rest ?? "").Split('/', StringSplitOptions.None);
        if (parts.Length > 1 && parts[^1].Length == 0)
        {
            // A trailing slash is forgiven.
            parts = parts[..^1];
        }

        if (parts is [""])
        {
            return new ApiTarget(group, version, "", null, "", "");
        }

        if (parts.Any(p => p.Length == 0))
        {
            return null;
        }

        var isNamespaceItself = group.Length == 0 && parts is ["namespaces"] or ["namespaces", _] or ["namespaces", _, "status" or "finalize"];
        if (parts[0] == "namespaces" && parts.Length >= 3 && !isNamespaceItself)
        {
            return parts.Length > 5 ? null : new ApiTarget(group, version, parts[2], parts[1], At(parts, 3), At(parts, 4));
        }

        return parts.Length > 3 ? null : new ApiTarget(group, version, parts[0], null, At(parts, 1), At(parts, 2));
    }

    private static string At(string[] parts, int index) => index < parts.Length ? parts[index] : "";
}
