using System.Globalization;
using Slipway.Kernel.Problems;
using Slipway.Registry.Domain;

namespace Slipway.Registry.Catalog;

/// <summary>Parts of a request that every route checks the same way.</summary>
internal static class Requests
{
    /// <summary>Null when both can be names; a name that nothing can have is the caller's fault rather than a miss.</summary>
    public static Problem? Check(string ns, string? model = null, string? alias = null)
    {
        Fault?[] faults = [Names.Namespace(ns), model is null ? null : Names.Known(model), alias is null ? null : Names.Alias(alias)];
        return faults.Any(f => f is not null) ? Problem.Invalid([.. faults.OfType<Fault>()]) : null;
    }

    public static Result<int> Version(string text, string field = "version") =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? version
            : Problem.Invalid([new Fault(field, $"'{Names.Shown(text)}' is not a version; versions are numbers from 1")]);
}
