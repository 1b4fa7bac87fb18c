using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>What a graph and a loop give to the outside, from what their tasks and iterations gave.</summary>
public static class Outputs
{
    /// <summary>
    /// The outputs of a graph. Each is taken from the first of its selectors whose task gave it, which is how a choice (<c>OneOf</c>) is made; what no task gave
    /// is left out, and whoever needs it fails.
    /// </summary>
    public static TaskValues OfGraph(DagSpec dag, Func<string, TaskValues?> outputsOf)
    {
        var parameters = new OrderedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (name, source) in dag.ParameterOutputs)
        {
            foreach (var selector in source.Selectors)
            {
                if (outputsOf(selector.Task)?.Parameters is { } given && given.TryGetValue(selector.Key, out var value))
                {
                    parameters[name] = value;
                    break;
                }
            }
        }

        var artifacts = new OrderedDictionary<string, IReadOnlyList<Artifact>>(StringComparer.Ordinal);
        foreach (var (name, source) in dag.ArtifactOutputs)
        {
            if (source.Selectors.Select(s => outputsOf(s.Task)?.Artifacts.GetValueOrDefault(s.Key)).FirstOrDefault(a => a is not null) is { } list)
            {
                artifacts[name] = list;
            }
        }

        return new TaskValues(parameters, artifacts);
    }

    /// <summary>
    /// The outputs of a loop (<c>Collected</c>): every parameter becomes the list of the iterations' values and every artifact the list of all their artifacts, in
    /// order of the iterations. Loops in loops give lists of lists of values, and one flat list of artifacts. An iteration that did not give an output, since its
    /// condition was false, has no place in that list. No iterations give empty lists.
    /// </summary>
    public static TaskValues OfLoop(ComponentSpec component, IReadOnlyList<TaskValues?> iterations)
    {
        var parameters = new OrderedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var name in component.Outputs.Parameters.Keys)
        {
            parameters[name] = new JsonArray([.. iterations.Where(i => i is not null && i.Parameters.ContainsKey(name)).Select(i => i!.Parameters[name]?.DeepClone())]);
        }

        var artifacts = new OrderedDictionary<string, IReadOnlyList<Artifact>>(StringComparer.Ordinal);
        foreach (var name in component.Outputs.Artifacts.Keys)
        {
            artifacts[name] = [.. iterations.SelectMany(i => i?.Artifacts.GetValueOrDefault(name) ?? [])];
        }

        return new TaskValues(parameters, artifacts);
    }
}
