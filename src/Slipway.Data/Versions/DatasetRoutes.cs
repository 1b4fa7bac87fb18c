using System.Globalization;
using Slipway.Kernel.Problems;

namespace Slipway.Data.Versions;

/// <summary>Where the routes are, and how their numbers are read.</summary>
internal static class DatasetRoutes
{
    public const string All = "/api/slipway/v1/namespaces/{ns}/datasets";

    public const string Versions = $"{All}/{{name}}/versions";

    public const string Version = $"{Versions}/{{version}}";

    public const string Read = "datasets.read";

    public const string Write = "datasets.write";

    /// <summary>A whole number of a query string from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Result<long> Number(string name, string? text, long fallback, long least, long most)
    {
        if (string.IsNullOrEmpty(text))
        {
            return fallback;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : Problem.Invalid([new Fault(name, $"'{text}' must be a whole number from {least} to {most}")]);
    }
}
