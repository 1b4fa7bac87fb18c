using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Placeholders;

/// <summary>Everything that the placeholders of one task's command line can stand for.</summary>
/// <param name="Facts">Run and task.</param>
/// <param name="Inputs">With the component's defaults.</param>
/// <param name="ParameterFiles">Output parameter to the file that the task writes.</param>
/// <param name="OutputArtifacts">As they were provisioned.</param>
/// <param name="OutputFile">The file of the executor's output.</param>
/// <param name="ExecutorInput">What <c>{{$}}</c> is.</param>
public sealed record CommandContext(
    RunFacts Facts, TaskValues Inputs, IReadOnlyDictionary<string, string> ParameterFiles, IReadOnlyDictionary<string, IReadOnlyList<Artifact>> OutputArtifacts, string OutputFile,
    JsonObject ExecutorInput);

/// <summary>Turns a container as written into the command that runs.</summary>
public static class CommandLine
{
    public static Result<ResolvedContainer> Resolve(ContainerSpec container, CommandContext context)
    {
        // Written once: a command line often names it several times, and it may be large.
        var executorInput = new Lazy<string>(() => ParameterValues.ToCompactJson(context.ExecutorInput));
        string Text(string text) => PlaceholderText.Substitute(text, p => Value(p, context, executorInput));

        if (!Elements(container.Command, context, Text).TryGet(out var command, out var problem) || !Elements(container.Args, context, Text).TryGet(out var args, out problem))
        {
            return problem;
        }

        var env = new List<EnvironmentVariable>();
        foreach (var variable in container.Env)
        {
            env.Add(new EnvironmentVariable(variable.Name, VariableReferences.Expand(Text(variable.Value), env)));
        }

        var resources = container.Resources is { } r
            ? new ResourceSpec
            {
                CpuRequest = Quantity(r.CpuRequest),
                CpuLimit = Quantity(r.CpuLimit),
                MemoryRequest = Quantity(r.MemoryRequest),
                MemoryLimit = Quantity(r.MemoryLimit),
                AcceleratorType = Quantity(r.AcceleratorType),
                AcceleratorCount = Quantity(r.AcceleratorCount),
            }
            : null;
        return new ResolvedContainer(Text(container.Image), command, args, env, resources);

        string? Quantity(string? text) => text is null ? null : Text(text) is { Length: > 0 } resolved ? resolved : null;
    }

    private static Result<IReadOnlyList<string>> Elements(IReadOnlyList<string> elements, CommandContext context, Func<string, string> text)
    {
        var resolved = new List<string>(elements.Count);
        foreach (var element in elements)
        {
            if (!StructPlaceholder.Is(element, out var node))
            {
                resolved.Add(text(element));
            }
            else if (StructPlaceholder.Resolve(node!, context.Inputs.Has, text).TryGet(out var several, out var problem))
            {
                resolved.AddRange(several);
            }
            else
            {
                return problem;
            }
        }

        return resolved;
    }

    private static string? Value(Placeholder placeholder, CommandContext context, Lazy<string> executorInput)
    {
        switch (placeholder.Path.ToArray())
        {
            case []:
                return executorInput.Value;
            case ["inputs", "parameters", var name]:
                return context.Inputs.Parameters.TryGetValue(name, out var value) ? ParameterValues.ToText(value) : null;
            case ["inputs", "artifacts", var name, .. var of]:
                return context.Inputs.Artifacts.TryGetValue(name, out var inputs) ? Of(inputs, of) : null;
            case ["outputs", "artifacts", var name, .. var of]:
                return context.OutputArtifacts.TryGetValue(name, out var outputs) ? Of(outputs, of) : null;
            case ["outputs", "parameters", var name, "output_file" or "outputFile"]:
                return context.ParameterFiles.GetValueOrDefault(name);
            case ["outputs", "output_file" or "outputFile"] or ["outputMetadataUri"]:
                return context.OutputFile;
            default:
                return context.Facts.Resolve(placeholder);
        }
    }

    private static string? Of(IReadOnlyList<Artifact> artifacts, string[] path)
    {
        var first = artifacts.Count > 0 ? artifacts[0] : null;
        return path switch
        {
            [] => ParameterValues.ToCompactJson(new JsonArray([.. artifacts.Select(a => a.ToJson())])),
            _ when first is null => "",
            ["uri"] => first.ToldUri,
            ["path"] => first.LocalPath,
            ["name"] => first.Name,
            ["metadata"] => ParameterValues.ToCompactJson(first.Metadata),
            ["metadata", .. var keys] => ParameterValues.ToText(keys.Aggregate((JsonNode?)first.Metadata, (node, key) => (node as JsonObject)?[key])),
            _ => null,
        };
    }
}
