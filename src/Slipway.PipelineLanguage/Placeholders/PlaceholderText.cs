using System.Text.RegularExpressions;

namespace Slipway.PipelineLanguage.Placeholders;

/// <summary>One placeholder of the form <c>{{$.inputs.parameters['x']}}</c>, taken apart.</summary>
/// <param name="Text">As written, with its braces.</param>
/// <param name="Path">Its names and keys in order: <c>inputs</c>, <c>parameters</c>, <c>x</c>; empty for <c>{{$}}</c>.</param>
public sealed record Placeholder(string Text, IReadOnlyList<string> Path)
{
    /// <summary>The input parameter it stands for, or null.</summary>
    public string? InputParameter => Path is ["inputs", "parameters", var name] ? name : null;

    /// <summary>The input artifact it says something about, or null.</summary>
    public string? InputArtifact => Path is ["inputs", "artifacts", var name, ..] ? name : null;

    /// <summary>The output parameter whose file it names, or null.</summary>
    public string? OutputParameter => Path is ["outputs", "parameters", var name, "output_file" or "outputFile"] ? name : null;

    /// <summary>The output artifact it says something about, or null.</summary>
    public string? OutputArtifact => Path is ["outputs", "artifacts", var name, ..] ? name : null;
}

/// <summary>Finds and replaces placeholders in texts. What is put in is never looked at again.</summary>
public static partial class PlaceholderText
{
    /// <summary>Every placeholder of a text, in order.</summary>
    public static IEnumerable<Placeholder> In(string text) => text.Contains("{{$", StringComparison.Ordinal) ? Pattern().Matches(text).Select(Read) : [];

    /// <summary>Replaces each placeholder by what <paramref name="resolve"/> answers; null leaves it as it is.</summary>
    public static string Substitute(string text, Func<Placeholder, string?> resolve) =>
        text.Contains("{{$", StringComparison.Ordinal) ? Pattern().Replace(text, match => resolve(Read(match)) ?? match.Value) : text;

    /// <summary>The placeholder that a text is, when it is one and nothing else.</summary>
    public static Placeholder? Whole(string text) =>
        text.StartsWith("{{$", StringComparison.Ordinal) && Pattern().Match(text) is { Success: true } match && match.Length == text.Length ? Read(match) : null;

    private static Placeholder Read(Match match) =>
        new(match.Value, [.. match.Groups["part"].Captures.Select(c => c.Value.TrimStart('.') is ['[', _, ..] key ? key[2..^2] : c.Value.TrimStart('.'))]);

    // Keys may hold anything but the quote that they stand in.
    [GeneratedRegex(@"\{\{\$(?<part>\.[A-Za-z_][A-Za-z0-9_]*|\.?\['[^']*'\]|\.?\[""[^""]*""\])*\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
