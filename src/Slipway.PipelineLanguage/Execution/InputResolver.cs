using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Conditions;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>Finds the values that go into a task, typed as its component declares them.</summary>
public static class InputResolver
{
    /// <summary>
    /// The task's inputs. Optional ones without a value are left out; the component's defaults are filled in; names that the component does not declare are kept,
    /// for conditions and texts refer to them. The item of a loop is not in it: see <see cref="LoopItems"/>.
    /// </summary>
    public static Result<TaskValues> Resolve(TaskSpec task, ComponentSpec component, GraphScope scope, RunFacts facts)
    {
        var faults = new List<Fault>();
        var found = new OrderedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (name, parameter) in task.Parameters)
        {
            var value = Find(parameter, scope);
            if (value.TryGet(out var node, out var problem) && parameter.Selector is { } selector && node is not null)
            {
                value = Expressions.Select(selector, node);
            }

            if (!value.TryGet(out node, out problem))
            {
                faults.Add(new Fault($"inputs.{name}", problem.Message));
            }
            else
            {
                found[name] = node;
            }
        }

        // Texts refer to the task's other inputs, as they came.
        foreach (var (name, parameter) in task.Parameters)
        {
            if (parameter is { Source: ParameterSource.Constant constant, Selector: null })
            {
                found[name] = Constant(constant.Value, component.Inputs.Parameters.GetValueOrDefault(name)?.Type, facts, found);
            }
        }

        var parameters = new OrderedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (name, node) in found)
        {
            var declared = component.Inputs.Parameters.GetValueOrDefault(name);
            if (node is null)
            {
                if (declared is { IsOptional: false, HasDefault: false, Type: not ParameterType.Unspecified })
                {
                    faults.Add(new Fault($"inputs.{name}", "is required, and its value is null"));
                }
            }
            else if (!ParameterValues.Convert(declared?.Type ?? ParameterType.Unspecified, node).TryGet(out var typed, out var problem))
            {
                faults.Add(new Fault($"inputs.{name}", problem.Message));
            }
            else
            {
                parameters[name] = typed;
            }
        }

        FillDefaults(task, component, parameters, faults, found);
        var artifacts = Artifacts(task, component, scope, faults);
        return faults.Count > 0 ? Problem.Invalid(faults) : new TaskValues(parameters, artifacts);
    }

    private static void FillDefaults(
        TaskSpec task, ComponentSpec component, OrderedDictionary<string, JsonNode?> parameters, List<Fault> faults, OrderedDictionary<string, JsonNode?> found)
    {
        var item = task.ParameterIterator?.ItemInput;
        foreach (var (name, declared) in component.Inputs.Parameters.Where(p => !parameters.ContainsKey(p.Key) && p.Key != item))
        {
            if (declared is { HasDefault: true, Default: not null })
            {
                parameters[name] = ParameterValues.Retype(declared.Type, declared.Default).TryGet(out var value, out _) ? value : declared.Default.DeepClone();
            }
            else if (declared is { HasDefault: false, IsOptional: false, Type: not (ParameterType.TaskConfig or ParameterType.Unspecified) } && !found.ContainsKey(name)
                && faults.All(f => f.Path != $"inputs.{name}"))
            {
                faults.Add(new Fault($"inputs.{name}", "is required and has no value"));
            }
        }
    }

    private static OrderedDictionary<string, IReadOnlyList<Artifact>> Artifacts(TaskSpec task, ComponentSpec component, GraphScope scope, List<Fault> faults)
    {
        var artifacts = new OrderedDictionary<string, IReadOnlyList<Artifact>>(StringComparer.Ordinal);
        foreach (var (name, source) in task.Artifacts)
        {
            var list = source switch
            {
                ArtifactSource.ComponentInput input => scope.Inputs.Artifacts.GetValueOrDefault(input.Name),
                ArtifactSource.TaskOutput output => scope.OutputsOf(output.Task)?.Artifacts.GetValueOrDefault(output.Key),
                _ => null,
            };
            if (list is not null)
            {
                artifacts[name] = list;
            }
            else if (component.Inputs.Artifacts.GetValueOrDefault(name) is { IsOptional: false })
            {
                faults.Add(new Fault($"inputs.{name}", source is ArtifactSource.TaskOutput output
                    ? $"task {output.Task} gave no artifact {output.Key}"
                    : $"the graph was given no artifact {((ArtifactSource.ComponentInput)source).Name}"));
            }
        }

        foreach (var name in component.Inputs.Artifacts.Where(a => !a.Value.IsOptional && !task.Artifacts.ContainsKey(a.Key) && a.Key != task.ArtifactIterator?.ItemInput).Select(a => a.Key))
        {
            faults.Add(new Fault($"inputs.{name}", "is required and has no artifact"));
        }

        return artifacts;
    }

    // A text that is one input and nothing else gives its value where something else than text is asked for.
    private static JsonNode? Constant(JsonNode? value, ParameterType? type, RunFacts facts, IReadOnlyDictionary<string, JsonNode?> inputs) =>
        type is not (null or ParameterType.String) && value is JsonValue written && written.TryGetValue<string>(out var text)
            && PlaceholderText.Whole(text)?.InputParameter is { } other && inputs.TryGetValue(other, out var found)
            ? found
            : Constants.Resolve(value, facts, inputs);

    /// <summary>A missing value is null: whether that will do is up to the component's declaration.</summary>
    private static Result<JsonNode?> Find(TaskParameter parameter, GraphScope scope)
    {
        switch (parameter.Source)
        {
            case ParameterSource.Constant constant:
                return Result.From(constant.Value);
            case ParameterSource.ComponentInput input:
                return Result.From(scope.Inputs.Parameters.GetValueOrDefault(input.Name));
            case ParameterSource.RuntimeParameter runtime:
                return Result.From(scope.Inputs.Parameters.GetValueOrDefault(runtime.Name));
            case ParameterSource.TaskOutput output:
                return Result.From(scope.OutputsOf(output.Task)?.Parameters.GetValueOrDefault(output.Key));
            case ParameterSource.FinalStatus status:
                return scope.FinalStatusOf(status.Task) is { } final ? Result.From<JsonNode?>(final) : Problem.Invalid($"task {status.Task} has not ended");
            default:
                throw new InvalidOperationException($"unknown source {parameter.Source}");
        }
    }
}
