using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>Which URIs a version may be registered from. Files of the server's own disk, and paths that climb, are refused before anybody looks at them.</summary>
internal static partial class Sources
{
    private const int LongestSource = 100_000;

    public static Problem? Check(string source, bool fromModel)
    {
        if (source.Length > LongestSource || !Texts.IsWellFormed(source))
        {
            return Problem.Invalid($"Invalid model version source: it must be text of at most {LongestSource} characters");
        }

        if (IsLocal(source))
        {
            var parameter = fromModel ? "model_id" : "run_id";
            return Problem.Invalid(
                $"Invalid model version source: '{Names.Shown(source)}'. To use a local path as a model version source, the {parameter} request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the {parameter}.");
        }

        return Climbs(source)
            ? Problem.Invalid(
                $"Invalid model version source: '{Names.Shown(source)}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.")
            : null;
    }

    /// <summary>The source of a prompt is a word of the client's own; only what could be read from a disk is refused.</summary>
    public static Problem? CheckPrompt(string source)
    {
        if (source.Length > LongestSource || !Texts.IsWellFormed(source))
        {
            return Problem.Invalid($"Invalid prompt source: it must be text of at most {LongestSource} characters");
        }

        if (Scheme(source) == "file" || (Scheme(source) is null && source.StartsWith('/')))
        {
            return Problem.Invalid($"Invalid prompt source: '{Names.Shown(source)}'. Local source paths are not allowed for prompts.");
        }

        return Scheme(source) is null ? null : Climbs(source) ? Check(source, fromModel: false) : null;
    }

    /// <summary>A logged model: <c>models:/m-0123...</c>; null for any other URI.</summary>
    public static string? LoggedModel(string source) => ModelsPath(source) is { Length: > 0 } path && !path.Contains('/', StringComparison.Ordinal) && !path.Contains('@', StringComparison.Ordinal)
        ? path
        : null;

    /// <summary>Lower case; null when the URI has none.</summary>
    public static string? Scheme(string uri) => SchemePattern().Match(uri) is { Success: true } match ? match.Groups[1].Value.ToLowerInvariant() : null;

    private static string? ModelsPath(string source) =>
        Scheme(source) == "models" ? source["models:".Length..].TrimStart('/').TrimEnd('/') : null;

    // A path without a scheme, file:..., and \\server\share.
    private static bool IsLocal(string source) => Scheme(source) is null or "file";

    private static bool Climbs(string source)
    {
        var plain = source;
        for (var again = Decoded(plain); again != plain; again = Decoded(plain))
        {
            plain = again;
        }

        if (plain.Split('/').Contains("..", StringComparer.Ordinal))
        {
            return true;
        }

        var path = SlashRuns().Replace(PathOf(plain).TrimEnd('/'), "/");
        return path.Contains('\0', StringComparison.Ordinal) || !path.StartsWith('/') || path.Split('/').Contains(".", StringComparer.Ordinal);
    }

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static string PathOf(string uri)
    {
        var rest = uri[(uri.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            var slash = rest.IndexOf('/', 2);
            rest = slash < 0 ? "/" : rest[slash..];
        }

        var end = rest.IndexOfAny(['?', '#']);
        return end < 0 ? rest : rest[..end];
    }

    [GeneratedRegex(@"\A([A-Za-z][A-Za-z0-9+.\-]*):", RegexOptions.CultureInvariant)]
    private static partial Regex SchemePattern();

    [GeneratedRegex("/+", RegexOptions.CultureInvariant)]
    private static partial Regex SlashRuns();
}
