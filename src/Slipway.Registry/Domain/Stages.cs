using Slipway.Kernel.Problems;

namespace Slipway.Registry.Domain;

/// <summary>MLflow's four stages: fixed names, taken in any case.</summary>
internal static class Stages
{
    public const string None = "None";
    public const string Staging = "Staging";
    public const string Production = "Production";
    public const string Archived = "Archived";

    public static IReadOnlyList<string> All { get; } = [None, Staging, Production, Archived];

    /// <summary>The stage as it is written.</summary>
    public static Result<string> Canonical(string stage) =>
        All.FirstOrDefault(s => s.Equals(stage, StringComparison.OrdinalIgnoreCase)) is { } known
            ? known
            : Problem.Invalid($"Invalid Model Version stage: {Names.Shown(stage)}. Value must be one of {string.Join(", ", All)}.");

    /// <summary>Only where models are at work does "archive the others" make sense.</summary>
    public static bool IsActive(string canonical) => canonical is Staging or Production;
}
