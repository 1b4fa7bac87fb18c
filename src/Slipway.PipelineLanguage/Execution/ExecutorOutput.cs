using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Text;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>Reads what a task that ended well left behind.</summary>
public static class ExecutorOutput
{
    /// <summary>The outputs of a task, typed as its component declares them.</summary>
    /// <param name="component">Which outputs there must be.</param>
    /// <param name="container">How it was run, or null; tells whether a Python function may return nothing.</param>
    /// <param name="provisioned">What it was told.</param>
    /// <param name="outputFile">The text of the executor's output file; null when there is none, which is fine.</param>
    /// <param name="parameterFile">The text of an output parameter's file, or null when there is none.</param>
    public static Result<TaskValues> Read(ComponentSpec component, ContainerSpec? container, ProvisionedOutputs provisioned, string? outputFile, Func<string, string?> parameterFile)
    {
        var said = new JsonObject();
        if (!string.IsNullOrWhiteSpace(outputFile))
        {
            if (!ParameterValues.Json(outputFile).TryGet(out var node, out var problem))
            {
                return Problem.Invalid($"the task's output file {problem.Message}");
            }

            if (node is not JsonObject map)
            {
                return Problem.Invalid($"the task's output file must hold a JSON object, not {ParameterValues.Describe(node)}");
            }

            said = map;
        }

        var faults = new List<Fault>();
        var parameters = Parameters(component, container, said, parameterFile, faults);
        var artifacts = Artifacts(component, provisioned, said, faults);
        return faults.Count > 0 ? Problem.Invalid(faults) : new TaskValues(parameters, artifacts);
    }

    private static OrderedDictionary<string, JsonNode?> Parameters(
        ComponentSpec component, ContainerSpec? container, JsonObject said, Func<string, string?> parameterFile, List<Fault> faults)
    {
        var values = Member(said, "parameterValues") as JsonObject ?? [];
        var parameters = new OrderedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (name, declared) in component.Outputs.Parameters)
        {
            Result<JsonNode?> value;
            if (values.TryGetPropertyValue(name, out var given))
            {
                value = given is null ? Result.From<JsonNode?>(null) : ParameterValues.Convert(declared.Type, given);
            }
            else if (parameterFile(name) is { } text)
            {
                value = ParameterValues.FromText(declared.Type, text);
            }
            else if (container is not null && PythonFunction.MayReturnNothing(container))
            {
                value = Result.From<JsonNode?>(null);
            }
            else
            {
                value = Problem.Invalid("the task ended without writing it");
            }

            if (value.TryGet(out var typed, out var problem))
            {
                parameters[name] = typed;
            }
            else
            {
                faults.Add(new Fault($"outputs.{name}", problem.Message));
            }
        }

        return parameters;
    }

    private static OrderedDictionary<string, IReadOnlyList<Artifact>> Artifacts(ComponentSpec component, ProvisionedOutputs provisioned, JsonObject said, List<Fault> faults)
    {
        var entries = Member(said, "artifacts") as JsonObject ?? [];
        var artifacts = new OrderedDictionary<string, IReadOnlyList<Artifact>>(StringComparer.Ordinal);
        foreach (var (name, declared) in component.Outputs.Artifacts)
        {
            var first = provisioned.Artifacts.TryGetValue(name, out var planned) && planned.Count > 0 ? planned[0] : new Artifact(name, declared.Type, "");
            var list = ((entries[name] as JsonObject)?["artifacts"] as JsonArray)?.OfType<JsonObject>().ToList();
            if (list is null || (list.Count == 0 && !declared.IsList))
            {
                artifacts[name] = [first];
                continue;
            }

            if (list.Count > 1 && !declared.IsList)
            {
                faults.Add(new Fault($"outputs.{name}", $"is one artifact, and the task says {list.Count}"));
                continue;
            }

            artifacts[name] = [.. list.Select(entry => Merge(first, entry, declared.IsList))];
        }

        return artifacts;
    }

    // The type is the declared one, whatever the file says.
    private static Artifact Merge(Artifact planned, JsonObject entry, bool isListed)
    {
        var metadata = planned.Metadata.DeepClone().AsObject();
        foreach (var (key, value) in entry["metadata"] as JsonObject ?? [])
        {
            metadata[key] = value?.DeepClone();
        }

        var uri = Text(entry, "uri");
        return planned with
        {
            Name = isListed && Text(entry, "name") is { Length: > 0 } name ? name : planned.Name,
            Metadata = metadata,
            // What it was told as URI is its path, so saying that again changes nothing.
            Uri = uri.Length > 0 && uri != planned.ToldUri ? uri : planned.Uri,
            Path = uri.Length > 0 && uri != planned.ToldUri ? null : planned.Path,
            CustomPath = Text(entry, "customPath") is { Length: > 0 } path ? path : planned.CustomPath,
        };
    }

    private static string Text(JsonObject entry, string name) => Member(entry, name) is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    private static JsonNode? Member(JsonObject map, string name) => map.TryGetPropertyValue(name, out var value) ? value : map[Names.ToSnake(name)];
}
