using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>What things in the registry may be called. Names become parts of URLs and <c>models:/</c> URIs, so nothing that reads as a path gets in.</summary>
internal static partial class Names
{
    private const int LongestModelName = 250;
    private const int LongestKnownName = 256;

    public static Fault? Namespace(string value) => NamespacePattern().IsMatch(value)
        ? null
        : new Fault("namespace", $"'{Shown(value)}' is not a namespace; use at most 63 lower-case letters, digits and '-', starting and ending with a letter or digit");

    public static Fault? Model(string value)
    {
        var fine = value.Length is > 0 and <= LongestModelName
            && (char.IsLetterOrDigit(value[0]) || value[0] == '_')
            && value[^1] is not (' ' or '.')
            && !value.Contains("..", StringComparison.Ordinal)
            && value.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ' ');
        return fine
            ? null
            : new Fault(
                "model",
                $"'{Shown(value)}' cannot name a model; use at most {LongestModelName} letters, digits, '_', '-', '.' and spaces, starting with a letter, digit or '_', without '..'");
    }

    /// <summary>
    /// What a model may be called that is looked for, or that a client of another API named: their rules are wider than ours. Anything but what cannot stand in a
    /// <c>models:/</c> URI or in text.
    /// </summary>
    public static Fault? Known(string value) =>
        value.Length is > 0 and <= LongestKnownName && value is not ("." or "..") && !value.Contains("%2f", StringComparison.OrdinalIgnoreCase) && !value.Any(c => c is '/' or ':' || char.IsControl(c)) && Texts.IsWellFormed(value)
            ? null
            : new Fault("model", $"'{Shown(value)}' cannot name a model; names have at most {LongestKnownName} characters, without '/', ':' and what reads as them");

    /// <summary><c>latest</c> and <c>v3</c> are kept back: they would read as versions.</summary>
    public static Fault? Alias(string value) => AliasPattern().IsMatch(value) && !ReservedAlias().IsMatch(value)
        ? null
        : new Fault("alias", $"'{Shown(value)}' cannot be an alias; use at most 255 letters, digits, '_' and '-', but not 'latest' or 'v' with a number");

    public static Fault? Format(string value) => FormatPattern().IsMatch(value)
        ? null
        : new Fault("format", $"'{Shown(value)}' is not a model format; use a short lower-case word such as 'onnx'");

    public static Fault? Digest(string value) => DigestPattern().IsMatch(value)
        ? null
        : new Fault("artifactDigest", $"'{Shown(value)}' is not a digest; give the SHA-256 of the artifact as 64 lower-case hex digits");

    /// <summary>Short enough for a message, and on one line, whatever somebody sent.</summary>
    public static string Shown(string value)
    {
        var printable = string.Concat(value.Take(80).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return value.Length > 80 ? printable + "..." : printable;
    }

    // \z, not $: $ also matches before a newline at the end.
    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamespacePattern();

    [GeneratedRegex(@"\A[\w-]{1,255}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AliasPattern();

    [GeneratedRegex(@"\A(latest|v[0-9]+)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ReservedAlias();

    [GeneratedRegex(@"\A[a-z][a-z0-9._-]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FormatPattern();

    [GeneratedRegex(@"\A[0-9a-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex DigestPattern();
}
