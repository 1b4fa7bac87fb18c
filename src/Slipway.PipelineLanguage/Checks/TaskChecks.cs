using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Conditions;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>One task: what goes into it, its condition and its loop.</summary>
internal static class TaskChecks
{
    public static void Run(CheckContext context, string path, ComponentSpec parent, DagSpec dag, TaskSpec task)
    {
        var component = context.Spec.ComponentOf(task);
        var item = task.ParameterIterator?.ItemInput ?? task.ArtifactIterator?.ItemInput;
        foreach (var (name, parameter) in task.Parameters)
        {
            ParameterChecks.Run(context, $"{path}.inputs.parameters.{name}", parent, dag, task, parameter, component?.Inputs.Parameters.GetValueOrDefault(name));
        }

        foreach (var (name, source) in task.Artifacts)
        {
            ArtifactChecks.Run(context, $"{path}.inputs.artifacts.{name}", parent, dag, source, component?.Inputs.Artifacts.GetValueOrDefault(name), name == task.ArtifactIterator?.InputArtifact);
        }

        Condition(context, path, task, component);
        Loop(context, path, parent, dag, task, component);
        if (task.Retry is { MaxRetries: > 1000 })
        {
            context.Warning($"{path}.retryPolicy.maxRetryCount", $"{task.Retry.MaxRetries} retries are more than anyone waits for");
        }

        if (component is not null)
        {
            Missing(context, path, task, component, item);
            Unknown(context, path, task, component);
        }
    }

    private static void Missing(CheckContext context, string path, TaskSpec task, ComponentSpec component, string? item)
    {
        foreach (var (name, declared) in component.Inputs.Parameters)
        {
            if (declared is { HasDefault: false, IsOptional: false, Type: not (ParameterType.TaskConfig or ParameterType.Unspecified) } && name != item && !task.Parameters.ContainsKey(name))
            {
                context.Error($"{path}.inputs", $"component {task.Component} needs the parameter '{name}' ({ParameterValues.Name(declared.Type)}), which is not given");
            }
        }

        foreach (var name in component.Inputs.Artifacts.Where(a => !a.Value.IsOptional && a.Key != item && !task.Artifacts.ContainsKey(a.Key)).Select(a => a.Key))
        {
            context.Error($"{path}.inputs", $"component {task.Component} needs the artifact '{name}', which is not given");
        }
    }

    /// <summary>Names that the component does not declare may be there for the condition, for texts, for the loop and for the command line; nothing else reads them.</summary>
    private static void Unknown(CheckContext context, string path, TaskSpec task, ComponentSpec component)
    {
        var unknown = task.Parameters.Keys.Where(n => !component.Inputs.Parameters.ContainsKey(n)).ToList();
        if (unknown.Count > 0)
        {
            var used = Used(context, task, component);
            // The compiler hands a value that sets a task's resources in twice, once under a name that nothing reads: as the same source, or as a text that holds it.
            var sources = task.Parameters.Where(p => used.Contains(p.Key) || component.Inputs.Parameters.ContainsKey(p.Key)).Select(p => p.Value).ToHashSet();
            foreach (var name in unknown.Where(n => !used.Contains(n) && !sources.Contains(task.Parameters[n]) && !HoldsAnInput(task.Parameters[n])))
            {
                context.Error($"{path}.inputs.parameters.{name}", $"component {task.Component} has no parameter '{name}'; {CheckContext.There(component.Inputs.Parameters.Keys)}");
            }
        }

        foreach (var name in task.Artifacts.Keys.Where(n => !component.Inputs.Artifacts.ContainsKey(n) && n != task.ArtifactIterator?.InputArtifact))
        {
            context.Error($"{path}.inputs.artifacts.{name}", $"component {task.Component} has no artifact '{name}'; {CheckContext.There(component.Inputs.Artifacts.Keys)}");
        }
    }

    private static bool HoldsAnInput(TaskParameter parameter) =>
        parameter.Source is ParameterSource.Constant { Value: JsonValue value } && value.TryGetValue<string>(out var text)
        && text.Contains("{{$.inputs.parameters[", StringComparison.Ordinal);

    private static HashSet<string> Used(CheckContext context, TaskSpec task, ComponentSpec component)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        if (task.Trigger.Condition is { } condition)
        {
            used.UnionWith(Expressions.InputsNamed(condition).Select(n => n.Name));
        }

        if (task.ParameterIterator?.InputParameter is { } list)
        {
            used.Add(list);
        }

        used.UnionWith(task.Parameters.Values.Select(p => p.Source).OfType<ParameterSource.Constant>().SelectMany(c => Texts(c.Value)).SelectMany(PlaceholderText.In)
            .Select(p => p.InputParameter).OfType<string>());
        if (context.Spec.ExecutorOf(component) is { } executor)
        {
            used.UnionWith(ExecutorChecks.TextsOf(executor).SelectMany(PlaceholderText.In).Select(p => p.InputParameter).OfType<string>());
        }

        if (component.ExecutorLabel is { } label && context.Spec.Platform?.Document["platforms"]?["kubernetes"]?["deploymentSpec"]?["executors"]?[label] is { } platform)
        {
            used.UnionWith(NamesIn(platform));
        }

        return used;
    }

    /// <summary>Inputs of the task that the platform document reads, wherever in it.</summary>
    private static IEnumerable<string> NamesIn(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => p.Key == "componentInputParameter" && p.Value is JsonValue value && value.TryGetValue<string>(out var name) ? [name] : NamesIn(p.Value)),
        JsonArray list => list.SelectMany(NamesIn),
        JsonValue value when value.TryGetValue<string>(out var text) => PlaceholderText.In(text).Select(p => p.InputParameter).OfType<string>(),
        _ => [],
    };

    private static void Condition(CheckContext context, string path, TaskSpec task, ComponentSpec? component)
    {
        if (task.Trigger.Condition is not { } condition)
        {
            return;
        }

        var at = $"{path}.triggerPolicy.condition";
        if (Expressions.ConditionFault(condition) is { } fault)
        {
            context.Error(at, fault);
            return;
        }

        foreach (var (name, isArtifact) in Expressions.InputsNamed(condition))
        {
            var there = isArtifact ? task.Artifacts.ContainsKey(name) : task.Parameters.ContainsKey(name) || component?.Inputs.Parameters.GetValueOrDefault(name) is { HasDefault: true };
            if (!there)
            {
                context.Error(at, $"'{name}' is no input of this task; {CheckContext.There(isArtifact ? task.Artifacts.Keys : task.Parameters.Keys)}");
            }
        }
    }

    private static void Loop(CheckContext context, string path, ComponentSpec parent, DagSpec dag, TaskSpec task, ComponentSpec? component)
    {
        if (task.ArtifactIterator is { } artifacts)
        {
            if (!task.Artifacts.ContainsKey(artifacts.InputArtifact))
            {
                context.Error($"{path}.artifactIterator.items.inputArtifact", $"'{artifacts.InputArtifact}' is no artifact of this task; {CheckContext.There(task.Artifacts.Keys)}");
            }

            if (component is not null && !component.Inputs.Artifacts.ContainsKey(artifacts.ItemInput))
            {
                context.Error($"{path}.artifactIterator.itemInput", $"component {task.Component} has no artifact '{artifacts.ItemInput}'; {CheckContext.There(component.Inputs.Artifacts.Keys)}");
            }
        }

        if (task.ParameterIterator is not { } loop)
        {
            return;
        }

        var item = component?.Inputs.Parameters.GetValueOrDefault(loop.ItemInput);
        if (component is not null && item is null)
        {
            context.Error($"{path}.parameterIterator.itemInput", $"component {task.Component} has no parameter '{loop.ItemInput}'; {CheckContext.There(component.Inputs.Parameters.Keys)}");
        }

        if (loop.Raw is { } raw)
        {
            Items(context, $"{path}.parameterIterator.items.raw", raw, item);
        }
        else if (!task.Parameters.TryGetValue(loop.InputParameter!, out var source))
        {
            context.Error($"{path}.parameterIterator.items.inputParameter", $"'{loop.InputParameter}' is no parameter of this task; {CheckContext.There(task.Parameters.Keys)}");
        }
        else if (ParameterChecks.TypeOf(context, parent, dag, source) is not (null or ParameterType.Unspecified or ParameterType.List or ParameterType.String))
        {
            context.Error($"{path}.parameterIterator.items.inputParameter", $"'{loop.InputParameter}' must be a list, and is {ParameterValues.Name(ParameterChecks.TypeOf(context, parent, dag, source)!.Value)}");
        }
    }

    private static void Items(CheckContext context, string path, string raw, InputParameter? item)
    {
        if (!ParameterValues.Json(raw).TryGet(out var node, out _) || node is not JsonArray list)
        {
            context.Error(path, "must be a JSON list");
            return;
        }

        foreach (var (index, value) in list.Index())
        {
            if (item is not null && value is not null && ParameterValues.Convert(item.Type, value).Problem is { } problem)
            {
                context.Error(path, $"item {index + 1} {problem.Message}");
                return;
            }
        }
    }

    /// <summary>Every text in a value, names of members included.</summary>
    internal static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => Texts(p.Value).Prepend(p.Key)),
        JsonArray list => list.SelectMany(Texts),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
        _ => [],
    };
}
