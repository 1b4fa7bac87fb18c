using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>How a component's work is done, against the inputs and outputs that it declares.</summary>
internal static class ExecutorChecks
{
    public static void Run(CheckContext context, string path, ComponentSpec component)
    {
        var at = $"deploymentSpec.executors.{component.ExecutorLabel}";
        var executor = context.Spec.ExecutorOf(component);
        switch (executor)
        {
            case ExecutorSpec.Foreign foreign:
                context.Error(at, $"'{foreign.Kind}' only runs on Vertex AI; use a container or an importer");
                return;
            case ExecutorSpec.Container { Spec.Image.Length: 0 }:
                context.Error($"{at}.container.image", "is empty");
                break;
            case ExecutorSpec.Importer { Spec: { UriParameter: { } parameter } } when !component.Inputs.Parameters.ContainsKey(parameter):
                context.Error($"{at}.importer.artifactUri", $"the component has no parameter '{parameter}'; {CheckContext.There(component.Inputs.Parameters.Keys)}");
                break;
            case ExecutorSpec.Importer when component.Outputs.Artifacts.Count != 1:
                context.Error($"{path}.outputDefinitions", $"an importer gives one artifact, and {component.Outputs.Artifacts.Count} are declared");
                break;
            case null:
                return;
        }

        // Tasks may hand in names that the component does not declare.
        var given = context.Users[path["components.".Length..]].SelectMany(t => t.Parameters.Keys.Concat(t.Artifacts.Keys)).ToHashSet(StringComparer.Ordinal);
        foreach (var placeholder in TextsOf(executor).SelectMany(PlaceholderText.In).DistinctBy(p => p.Text))
        {
            if (Unknown(placeholder, component, given) is { } message)
            {
                context.Error(at, $"{placeholder.Text} {message}");
            }
        }
    }

    /// <summary>Every text of an executor in which placeholders may stand.</summary>
    public static IEnumerable<string> TextsOf(ExecutorSpec executor) => executor switch
    {
        ExecutorSpec.Container { Spec: var c } => c.Command.Concat(c.Args).Concat(c.Env.Select(e => e.Value)).Append(c.Image).Concat(
            c.Resources is { } r ? new[] { r.CpuRequest, r.CpuLimit, r.MemoryRequest, r.MemoryLimit, r.AcceleratorType, r.AcceleratorCount }.OfType<string>() : []),
        ExecutorSpec.Importer { Spec: var i } => TaskChecks.Texts(i.Metadata).Append(i.Uri ?? ""),
        _ => [],
    };

    private static string? Unknown(Placeholder placeholder, ComponentSpec component, HashSet<string> given) => placeholder switch
    {
        { InputParameter: { } name } when !component.Inputs.Parameters.ContainsKey(name) && !given.Contains(name) => $"names no input; {CheckContext.There(component.Inputs.Parameters.Keys)}",
        { InputArtifact: { } name } when !component.Inputs.Artifacts.ContainsKey(name) && !given.Contains(name) => $"names no input; {CheckContext.There(component.Inputs.Artifacts.Keys)}",
        { OutputParameter: { } name } when !component.Outputs.Parameters.ContainsKey(name) => $"names no output; {CheckContext.There(component.Outputs.Parameters.Keys)}",
        { OutputArtifact: { } name } when !component.Outputs.Artifacts.ContainsKey(name) => $"names no output; {CheckContext.There(component.Outputs.Artifacts.Keys)}",
        _ => null,
    };
}
