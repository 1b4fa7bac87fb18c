using System.Text.RegularExpressions;
using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>What a webhook may be called and where it may point.</summary>
internal static partial class HookRules
{
    private const int LongestUrl = 2_000;

    public static Problem? Name(string name) => NamePattern().IsMatch(name)
        ? null
        : Problem.Invalid(
            $"Webhook name '{Names.Shown(name)}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).");

    public static Problem? Url(string url, IReadOnlyList<string> schemes)
    {
        if (string.IsNullOrWhiteSpace(url))
        {
            return Problem.Invalid($"Webhook URL cannot be empty or just whitespace: '{Names.Shown(url)}'");
        }

        if (url.Length > LongestUrl || !Texts.IsKept(url))
        {
            return Problem.Invalid($"Invalid webhook URL: it must be text of at most {LongestUrl} characters");
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) && Sources.Scheme(url) is { } known && schemes.Contains(known, StringComparer.Ordinal))
        {
            return Problem.Invalid($"Invalid webhook URL '{Names.Shown(url)}': it cannot be taken apart; write https://host/path");
        }

        var scheme = parsed?.Scheme ?? Sources.Scheme(url) ?? "";
        if (!schemes.Contains(scheme, StringComparer.Ordinal))
        {
            return Problem.Invalid($"Invalid webhook URL scheme: '{Names.Shown(scheme)}'. Allowed schemes are: {string.Join(", ", schemes)}.");
        }

        return parsed is null || parsed.Host.Length == 0 ? Problem.Invalid($"Webhook URL must include a hostname: '{Names.Shown(url)}'") : null;
    }

    [GeneratedRegex(@"\A(?=.{1,63}\z)[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
