using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>What an importer gives: one artifact that already is somewhere. No process runs.</summary>
public static class ImporterOutput
{
    public static Result<TaskValues> Of(ComponentSpec component, ImporterSpec importer, TaskValues inputs, RunFacts facts)
    {
        var uri = importer.UriParameter is { } parameter
            ? inputs.Parameters.GetValueOrDefault(parameter) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null
            : Constants.Text(importer.Uri ?? "", facts, inputs.Parameters);
        if (string.IsNullOrEmpty(uri))
        {
            return Problem.Invalid($"the importer has no URI{(importer.UriParameter is { } name ? $": {name} is empty" : "")}");
        }

        var metadata = (JsonObject)Constants.Resolve(importer.Metadata ?? [], facts, inputs.Parameters)!;
        var outputs = component.Outputs.Artifacts.ToDictionary(
            a => a.Key, a => (IReadOnlyList<Artifact>)[new Artifact(a.Key, importer.Type, uri) { Metadata = metadata }], StringComparer.Ordinal);
        return new TaskValues(TaskValues.Empty.Parameters, outputs);
    }
}
