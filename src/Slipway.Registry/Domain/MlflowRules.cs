using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>What MLflow's clients may write, with the words they look for when they may not. Null is "fine".</summary>
internal static partial class MlflowRules
{
    public const string IsPromptTag = "mlflow.prompt.is_prompt";
    public const string PromptTextTag = "mlflow.prompt.text";

    private const int LongestName = 256;
    private const int LongestTagKey = 250;
    private const int LongestTagValue = 100_000;
    private const int LongestAlias = 255;
    private const int LongestText = 1_000_000;

    public static Problem? ModelName(string name, string parameter = "name")
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return Problem.Invalid($"Missing value for required parameter '{parameter}'.");
        }

        if (name.Contains('/', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal))
        {
            return Problem.Invalid($"Invalid model name '{Names.Shown(name)}'. Names cannot contain '/' or ':'.");
        }

        if (name.Length > LongestName)
        {
            return Problem.Invalid($"'{parameter}' exceeds the maximum length of {LongestName} characters");
        }

        return Names.Known(name) is null ? null : BadPath(parameter, name);
    }

    /// <summary>The number, or why it is none.</summary>
    public static Result<int> Version(string version) =>
        int.TryParse(version, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
            ? number
            : Problem.Invalid($"Parameter 'version' must be an integer, got '{Names.Shown(version)}'.");

    public static Problem? TagKey(string key)
    {
        if (key.Length == 0)
        {
            return Problem.Invalid("Missing value for required parameter 'key'.");
        }

        if (!KeyPattern().IsMatch(key))
        {
            return Problem.Invalid(
                $"Invalid value \"{Names.Shown(key)}\" for parameter 'key' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).");
        }

        return IsPlainPath(key) ? null : BadPath("key", key);
    }

    public static Problem? Tag(string key, string value, bool ofVersion)
    {
        if (TagKey(key) is { } bad)
        {
            return bad;
        }

        if (key.Length > LongestTagKey)
        {
            return Problem.Invalid($"'key' exceeds the maximum length of {LongestTagKey} characters");
        }

        if (value.Length > LongestTagValue)
        {
            return Problem.Invalid(ofVersion && key == PromptTextTag
                ? $"Prompt text exceeds max length of {LongestTagValue} characters."
                : $"'value' exceeds the maximum length of {LongestTagValue} characters");
        }

        return Text("value", value);
    }

    public static Problem? Tags(IEnumerable<KeyValuePair<string, string>> tags, bool ofVersion) =>
        tags.Select(t => Tag(t.Key, t.Value, ofVersion)).FirstOrDefault(p => p is not null);

    public static Problem? Alias(string alias)
    {
        if (alias.Length == 0)
        {
            return Problem.Invalid("Registered model alias name cannot be empty.");
        }

        if (!AliasPattern().IsMatch(alias))
        {
            return Problem.Invalid($"Invalid alias name: '{Names.Shown(alias)}'. Names may only contain alphanumerics, underscores (_), and dashes (-).");
        }

        return alias.Length > LongestAlias
            ? Problem.Invalid($"'Registered model alias name' exceeds the maximum length of {LongestAlias} characters")
            : null;
    }

    /// <summary>Aliases that would read as versions can be asked for but not set.</summary>
    public static Problem? NewAlias(string alias)
    {
        if (Alias(alias) is { } bad)
        {
            return bad;
        }

        if (alias.Equals("latest", StringComparison.OrdinalIgnoreCase))
        {
            return Problem.Invalid("'latest' alias name (case insensitive) is reserved.");
        }

        return VersionAlias().IsMatch(alias) ? Problem.Invalid($"Version alias name '{alias}' is reserved.") : null;
    }

    /// <summary>Any text field: kept by both databases, and not endless.</summary>
    public static Problem? Text(string parameter, string value)
    {
        if (value.Length > LongestText)
        {
            return Problem.Invalid($"'{parameter}' exceeds the maximum length of {LongestText} characters");
        }

        return Texts.IsKept(value)
            ? null
            : Problem.Invalid($"Invalid value for parameter '{parameter}' supplied: it holds NUL or half of a surrogate pair, which no database keeps; take that out");
    }

    public static bool IsPrompt(IReadOnlyDictionary<string, string> tags) =>
        tags.TryGetValue(IsPromptTag, out var value) && value.Equals("true", StringComparison.OrdinalIgnoreCase);

    // A name that resolves to another one when it is taken as a path would be two things at once.
    private static bool IsPlainPath(string name) =>
        !name.StartsWith('/') && !name.EndsWith('/') && name.Split('/').All(p => p is not ("" or "." or ".."));

    private static Problem BadPath(string parameter, string name) => Problem.Invalid(
        $"Invalid value \"{Names.Shown(name)}\" for parameter '{parameter}' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such.");

    [GeneratedRegex(@"\A[/\w.\- :]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();

    [GeneratedRegex(@"\A[\w\-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex AliasPattern();

    [GeneratedRegex(@"\A[vV][0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex VersionAlias();
}
