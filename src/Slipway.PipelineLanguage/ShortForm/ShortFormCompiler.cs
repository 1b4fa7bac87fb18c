using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Reading;
using Slipway.PipelineLanguage.Text;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>Compiles our short form to the IR.</summary>
public static class ShortFormCompiler
{
    public const string SdkVersion = "slipway";

    /// <summary>Whether a document is in the short form.</summary>
    public static bool IsShortForm(SourceDocument document) => document.Value is JsonObject map && ShortReader.IsShortForm(map) && !PipelineReader.IsPipeline(map);

    /// <summary>The pipeline, whose places are those of the short form; or every fault at once, with file and line.</summary>
    public static Result<PipelineSource> Compile(SourceDocument document, FileReader files)
    {
        var faults = new List<Fault>();
        var pipeline = ShortReader.Read(document, faults);
        void Fault(string path, string message) => faults.Add(document.FaultAt(path, message));

        var inner = new Dictionary<string, PipelineSpec>(StringComparer.Ordinal);
        foreach (var step in pipeline.Steps.Values.Where(s => s.Component is not null))
        {
            if (ComponentFile.Read(step.Component!, files).TryGet(out var spec, out var problem))
            {
                inner[step.Name] = spec;
            }
            else
            {
                Fault($"{step.Path}.component", problem.Message);
            }
        }

        var scope = new Scope(pipeline, step => inner.GetValueOrDefault(step.Name)?.Root.Outputs);
        var components = new OrderedDictionary<string, ComponentSpec>(StringComparer.Ordinal);
        var executors = new OrderedDictionary<string, ExecutorSpec>(StringComparer.Ordinal);
        var tasks = new OrderedDictionary<string, TaskSpec>(StringComparer.Ordinal);
        foreach (var step in pipeline.Steps.Values.Where(s => s.Component is null || inner.ContainsKey(s.Name)))
        {
            new StepCompiler(pipeline, step, scope, files, Fault).CompileInto(inner.GetValueOrDefault(step.Name), components, executors, tasks);
        }

        var (outputs, sources, artifacts, artifactSources) = Outputs(pipeline, scope, document, Fault);
        if (faults.Count > 0)
        {
            return Problem.Invalid([.. faults.Distinct()]);
        }

        var compiled = new PipelineSpec
        {
            Info = new PipelineInfo(pipeline.Name) { Description = pipeline.Description },
            SdkVersion = SdkVersion,
            Components = components,
            Executors = executors,
            Root = new ComponentSpec
            {
                Inputs = new ComponentInputs { Parameters = pipeline.Parameters },
                Outputs = new ComponentOutputs { Parameters = outputs, Artifacts = artifacts },
                Dag = new DagSpec { Tasks = tasks, ParameterOutputs = sources, ArtifactOutputs = artifactSources },
            },
            Platform = PlatformWriter.Of(pipeline, Fault),
        };
        return faults.Count > 0 ? Problem.Invalid(faults) : new PipelineSource(compiled, document) { Locate = path => Locate(path, pipeline, document) };
    }

    private static (OrderedDictionary<string, OutputParameter>, OrderedDictionary<string, ParameterOutputSource>, OrderedDictionary<string, OutputArtifact>, OrderedDictionary<string, ArtifactOutputSource>)
        Outputs(ShortPipeline pipeline, Scope scope, SourceDocument document, Action<string, string> fault)
    {
        var parameters = new OrderedDictionary<string, OutputParameter>(StringComparer.Ordinal);
        var sources = new OrderedDictionary<string, ParameterOutputSource>(StringComparer.Ordinal);
        var artifacts = new OrderedDictionary<string, OutputArtifact>(StringComparer.Ordinal);
        var artifactSources = new OrderedDictionary<string, ArtifactOutputSource>(StringComparer.Ordinal);
        foreach (var (name, text) in pipeline.Outputs)
        {
            var at = document.Value["spec"] is JsonObject ? $"spec.outputs.{name}" : $"outputs.{name}";
            if ((ShortReferences.Whole(text) ?? scope.Short(text)) is not ShortReference.StepOutput reference)
            {
                fault(at, $"'{text}' must refer to a step's output: ${{{{ steps.STEP.outputs.NAME }}}}");
            }
            else if (scope.OutputOf(reference, at, fault) is { } output)
            {
                var isMatrix = pipeline.Steps[reference.Step].Matrix.Count > 0;
                var selector = new OutputSelector(reference.Step, reference.Key);
                if (output.Artifact is { } artifact)
                {
                    artifacts[name] = new OutputArtifact(artifact) { IsList = isMatrix };
                    artifactSources[name] = new ArtifactOutputSource([selector]);
                }
                else
                {
                    parameters[name] = new OutputParameter(isMatrix ? ParameterType.List : output.Parameter ?? ParameterType.Unspecified);
                    sources[name] = new ParameterOutputSource([selector], false);
                }
            }
        }

        return (parameters, sources, artifacts, artifactSources);
    }

    // What is said about a task, its component or its executor is about the step.
    private static string Locate(string path, ShortPipeline pipeline, SourceDocument document)
    {
        var spec = document.Value["spec"] is JsonObject ? "spec." : "";
        foreach (var (prefix, rest) in new[] { ("root.dag.tasks.", ""), ("components.comp-", ""), ("deploymentSpec.executors.exec-", "") })
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
            {
                var name = path[prefix.Length..];
                var step = pipeline.Steps.Values.Where(s => name.StartsWith(s.Name, StringComparison.Ordinal) && (name.Length == s.Name.Length || name[s.Name.Length] is '.' or '-'))
                    .OrderByDescending(s => s.Name.Length).FirstOrDefault();
                return step is null ? rest : step.Path + Inside(name[step.Name.Length..]);
            }
        }

        return path.StartsWith("pipelineInfo", StringComparison.Ordinal) ? document.Value["metadata"] is JsonObject ? "metadata.name" : "name"
            : path.StartsWith("root.inputDefinitions.parameters.", StringComparison.Ordinal) ? $"{spec}params.{path["root.inputDefinitions.parameters.".Length..]}"
            : path.StartsWith("root.dag.outputs", StringComparison.Ordinal) ? $"{spec}outputs" : spec.TrimEnd('.');
    }

    private static string Inside(string path) =>
        path.StartsWith(".inputs.parameters.", StringComparison.Ordinal) ? ".in." + path[".inputs.parameters.".Length..]
        : path.StartsWith(".inputs.artifacts.", StringComparison.Ordinal) ? ".in." + path[".inputs.artifacts.".Length..]
        : path.StartsWith(".triggerPolicy", StringComparison.Ordinal) ? ".if"
        : path.StartsWith(".dependentTasks", StringComparison.Ordinal) ? ".needs" : "";
}
