using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>The pipeline being checked and what was found.</summary>
internal sealed class CheckContext(PipelineSpec spec)
{
    private readonly List<Finding> _findings = [];

    public PipelineSpec Spec => spec;

    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Every component with its path, the root first.</summary>
    public IReadOnlyList<(string Path, ComponentSpec Component)> Components { get; } =
        [(PipelineSpec.RootName, spec.Root), .. spec.Components.Select(c => ($"components.{c.Key}", c.Value))];

    /// <summary>The tasks that use each component.</summary>
    public ILookup<string, TaskSpec> Users { get; } =
        spec.Components.Values.Prepend(spec.Root).SelectMany(c => c.Dag?.Tasks.Values ?? []).ToLookup(t => t.Component, StringComparer.Ordinal);

    public void Error(string path, string message) => _findings.Add(new Finding(true, path, message));

    public void Warning(string path, string message) => _findings.Add(new Finding(false, path, message));

    /// <summary>Names for a message: what there is instead of what was asked for.</summary>
    public static string There(IEnumerable<string> names) =>
        names.Take(21).ToList() is { Count: > 0 } some ? $"there is: {string.Join(", ", some.Take(20))}{(some.Count > 20 ? ", ..." : "")}" : "there is none";
}
