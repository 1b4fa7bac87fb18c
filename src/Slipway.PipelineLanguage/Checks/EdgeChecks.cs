using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>Which tasks wait for which: that they exist, and that no wait is for oneself.</summary>
internal static class EdgeChecks
{
    public static void Run(CheckContext context, string path, DagSpec dag)
    {
        foreach (var (name, task) in dag.Tasks)
        {
            var at = $"{path}.dag.tasks.{name}";
            if (!context.Spec.Components.ContainsKey(task.Component))
            {
                context.Error($"{at}.componentRef", $"there is no component '{task.Component}'; {CheckContext.There(context.Spec.Components.Keys)}");
            }

            foreach (var (index, upstream) in task.DependentTasks.Index())
            {
                if (!dag.Tasks.ContainsKey(upstream))
                {
                    context.Error($"{at}.dependentTasks[{index}]", $"there is no task '{upstream}' in this graph; {CheckContext.There(dag.Tasks.Keys)}");
                }
            }
        }

        var edges = dag.Tasks.ToDictionary(t => t.Key, t => t.Value.Upstream().Where(dag.Tasks.ContainsKey).ToList(), StringComparer.Ordinal);
        if (Graphs.FindRing(edges) is { Count: > 0 } ring)
        {
            context.Error($"{path}.dag.tasks.{ring[0]}", $"these tasks wait for each other in a circle: {string.Join(" -> ", ring)}");
        }
    }
}
