using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Pipelines.Kfp;

/// <summary>Clients of a single-user installation send no namespace, or an empty one: that is <c>default</c>.</summary>
internal static partial class KfpNamespace
{
    public const string Default = "default";

    public static Result<string> Read(string? given) =>
        string.IsNullOrEmpty(given) ? Default
        : Label().IsMatch(given) ? given
        : Problem.Invalid($"namespace: '{Shown(given)}' must be lower-case letters, digits and dashes, at most 63");

    /// <summary>For a list: null is every namespace that the caller may see.</summary>
    public static Result<string?> ReadFilter(string? given) => string.IsNullOrEmpty(given) ? (string?)null : Read(given).Select(ns => (string?)ns);

    private static string Shown(string text) => text.Length <= 80 ? text : text[..80] + "...";

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
