using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>Components by themselves: how they are done, their defaults, and that none contains itself.</summary>
internal static class ComponentChecks
{
    public static void Run(CheckContext context)
    {
        foreach (var (path, component) in context.Components)
        {
            if (component.Dag is null && component.ExecutorLabel is null)
            {
                if (path != PipelineSpec.RootName)
                {
                    context.Error(path, "says neither dag nor executorLabel");
                }
            }
            else if (component.ExecutorLabel is { } label && !context.Spec.Executors.ContainsKey(label))
            {
                context.Error($"{path}.executorLabel", $"there is no executor '{label}' in deploymentSpec; {CheckContext.There(context.Spec.Executors.Keys)}");
            }

            foreach (var (name, parameter) in component.Inputs.Parameters)
            {
                Check(context, $"{path}.inputDefinitions.parameters.{name}", parameter);
            }
        }

        var reached = Reached(context.Spec);
        foreach (var name in context.Spec.Components.Keys.Where(n => !reached.Contains(n)))
        {
            context.Warning($"components.{name}", context.Spec.Components[name].Dag is { } dag
                ? $"no task that can be reached uses it, so its tasks never run: {string.Join(", ", dag.Tasks.Keys.Take(10))}"
                : "no task that can be reached uses it");
        }

        foreach (var ring in Rings(context.Spec))
        {
            context.Error($"components.{ring[0]}", $"contains itself: {string.Join(" -> ", ring)}");
        }
    }

    private static void Check(CheckContext context, string path, InputParameter parameter)
    {
        if (parameter is { HasDefault: true, Default: not null } && ParameterValues.Retype(parameter.Type, parameter.Default).Problem is { } problem)
        {
            context.Error($"{path}.defaultValue", problem.Message);
        }

        foreach (var (index, literal) in parameter.Literals.Index())
        {
            if (ParameterValues.Retype(parameter.Type, literal).Problem is { } fault)
            {
                context.Error($"{path}.literals[{index}]", fault.Message);
            }
        }

        if (parameter is { Literals.Count: > 0, Default: not null } && !parameter.Literals.Any(l => ParameterValues.AreEqual(l, parameter.Default)))
        {
            context.Error($"{path}.defaultValue", $"must be one of the literals, not {ParameterValues.Describe(parameter.Default)}");
        }
    }

    private static HashSet<string> Reached(PipelineSpec spec)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<ComponentSpec>([spec.Root]);
        while (next.TryDequeue(out var component))
        {
            foreach (var name in component.Dag?.Tasks.Values.Select(t => t.Component) ?? [])
            {
                if (reached.Add(name) && spec.Components.TryGetValue(name, out var used))
                {
                    next.Enqueue(used);
                }
            }
        }

        return reached;
    }

    private static IEnumerable<IReadOnlyList<string>> Rings(PipelineSpec spec)
    {
        var uses = spec.Components.ToDictionary(
            c => c.Key, c => (c.Value.Dag?.Tasks.Values.Select(t => t.Component).Where(spec.Components.ContainsKey).Distinct() ?? []).ToList(), StringComparer.Ordinal);
        return Graphs.FindRing(uses) is { Count: > 0 } ring ? [ring] : [];
    }
}
