using System.Globalization;
using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>
/// <c>models:/name@alias</c>, <c>models:/name/3</c> or <c>models:/name/latest</c>. At most one of <paramref name="Alias"/> and
/// <paramref name="Version"/> is set; neither is the latest version.
/// </summary>
internal sealed record ModelUri(string Model, string? Alias, int? Version)
{
    private const string Scheme = "models:/";

    public static Result<ModelUri> Parse(string text)
    {
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return NotReadable(text);
        }

        var rest = text[Scheme.Length..];
        var (slash, at) = (rest.IndexOf('/', StringComparison.Ordinal), rest.IndexOf('@', StringComparison.Ordinal));
        if ((slash < 0) == (at < 0))
        {
            return NotReadable(text);
        }

        var (name, tail) = (rest[..Math.Max(slash, at)], rest[(Math.Max(slash, at) + 1)..]);
        if (Names.Known(name) is { } badName)
        {
            return Problem.Invalid([badName]);
        }

        if (at >= 0)
        {
            return Names.Alias(tail) is { } badAlias ? Problem.Invalid([badAlias]) : new ModelUri(name, tail, null);
        }

        if (tail == "latest")
        {
            return new ModelUri(name, null, null);
        }

        return int.TryParse(tail, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? new ModelUri(name, null, version)
            : NotReadable(text);
    }

    private static Problem NotReadable(string text) =>
        Problem.Invalid($"'{Names.Shown(text)}' is not a model URI; write models:/NAME@ALIAS, models:/NAME/VERSION or models:/NAME/latest");
}
