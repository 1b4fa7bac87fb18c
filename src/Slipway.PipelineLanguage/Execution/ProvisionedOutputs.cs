using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>Where a task puts what it makes. The folder of every path must exist before the task starts.</summary>
/// <param name="ParameterFiles">Output parameter to its file.</param>
/// <param name="Artifacts">Output artifact to what it will be, if the task says nothing else.</param>
/// <param name="OutputFile">The executor's output. It stands in the task's own folder: the SDK makes URIs relative to it.</param>
public sealed record ProvisionedOutputs(IReadOnlyDictionary<string, string> ParameterFiles, IReadOnlyDictionary<string, IReadOnlyList<Artifact>> Artifacts, string OutputFile)
{
    /// <param name="component">Which outputs there are.</param>
    /// <param name="parameterFile">Names the file of an output parameter.</param>
    /// <param name="artifact">Names URI and path of an output artifact.</param>
    /// <param name="outputFile">The file of the executor's output.</param>
    public static ProvisionedOutputs Of(ComponentSpec component, Func<string, string> parameterFile, Func<string, (string Uri, string Path)> artifact, string outputFile) => new(
        component.Outputs.Parameters.Keys.ToDictionary(n => n, parameterFile, StringComparer.Ordinal),
        component.Outputs.Artifacts.ToDictionary(
            a => a.Key,
            a => (IReadOnlyList<Artifact>)[new Artifact(a.Key, a.Value.Type, artifact(a.Key).Uri)
            {
                Path = artifact(a.Key).Path,
                Metadata = a.Value.Metadata?.DeepClone().AsObject() ?? [],
            }],
            StringComparer.Ordinal),
        outputFile);
}
