using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>What a graph gives to the outside.</summary>
internal static class OutputChecks
{
    public static void Run(CheckContext context, string path, ComponentSpec component, DagSpec dag)
    {
        foreach (var (name, source) in dag.ParameterOutputs)
        {
            var at = $"{path}.dag.outputs.parameters.{name}";
            var declared = component.Outputs.Parameters.GetValueOrDefault(name);
            if (declared is null)
            {
                context.Error(at, $"is not among the outputDefinitions; {CheckContext.There(component.Outputs.Parameters.Keys)}");
            }

            if (source.Selectors.Count == 0)
            {
                context.Error(at, "says no task that gives it");
            }

            foreach (var selector in source.Selectors)
            {
                if (Producer(context, at, dag, selector) is not (var task, { } producer))
                {
                    continue;
                }

                if (!producer.Outputs.Parameters.TryGetValue(selector.Key, out var output))
                {
                    context.Error(at, $"task {selector.Task} has no output parameter '{selector.Key}'; {CheckContext.There(producer.Outputs.Parameters.Keys)}");
                }
                // The body of a loop, and the conditions in it, declare the lists that the loop gives, not what one iteration gives.
                else if (declared is not null && declared.Type != ParameterType.List && Types.Mismatch(task.IsLoop ? ParameterType.List : output.Type, declared.Type) is (true, var message))
                {
                    context.Error(at, message);
                }
            }
        }

        foreach (var (name, source) in dag.ArtifactOutputs)
        {
            var at = $"{path}.dag.outputs.artifacts.{name}";
            var declared = component.Outputs.Artifacts.GetValueOrDefault(name);
            if (declared is null)
            {
                context.Error(at, $"is not among the outputDefinitions; {CheckContext.There(component.Outputs.Artifacts.Keys)}");
            }

            if (source.Selectors.Count == 0)
            {
                context.Error(at, "says no task that gives it");
            }

            foreach (var selector in source.Selectors)
            {
                if (Producer(context, at, dag, selector) is not (_, { } producer))
                {
                    continue;
                }

                if (!producer.Outputs.Artifacts.TryGetValue(selector.Key, out var output))
                {
                    context.Error(at, $"task {selector.Task} has no output artifact '{selector.Key}'; {CheckContext.There(producer.Outputs.Artifacts.Keys)}");
                }
                else if (declared is not null && Types.Mismatch(output.Type, declared.Type) is { } mismatch)
                {
                    context.Error(at, mismatch);
                }
            }
        }

        foreach (var name in component.Outputs.Parameters.Keys.Where(n => !dag.ParameterOutputs.ContainsKey(n)))
        {
            context.Error($"{path}.outputDefinitions.parameters.{name}", "no task of the graph gives it: it is missing in dag.outputs");
        }

        foreach (var name in component.Outputs.Artifacts.Keys.Where(n => !dag.ArtifactOutputs.ContainsKey(n)))
        {
            context.Error($"{path}.outputDefinitions.artifacts.{name}", "no task of the graph gives it: it is missing in dag.outputs");
        }
    }

    private static (TaskSpec Task, ComponentSpec? Component)? Producer(CheckContext context, string at, DagSpec dag, OutputSelector selector)
    {
        if (dag.Tasks.TryGetValue(selector.Task, out var task))
        {
            return (task, context.Spec.ComponentOf(task));
        }

        context.Error(at, $"there is no task '{selector.Task}' in this graph; {CheckContext.There(dag.Tasks.Keys)}");
        return null;
    }
}
