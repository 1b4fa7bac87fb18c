using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>Graphs in graphs multiply: ten levels of ten tasks are ten thousand million.</summary>
public static class SizeChecks
{
    /// <summary>Tasks of a run before its loops are counted.</summary>
    public const int MostTasks = 100_000;

    public const int MostLevels = 50;

    internal static void Run(CheckContext context)
    {
        var spec = context.Spec;
        var known = new Dictionary<string, (long Tasks, int Levels)>(StringComparer.Ordinal);
        var (tasks, levels) = Of(spec.Root, spec, known, 0);
        if (tasks > MostTasks)
        {
            context.Error("root.dag", $"unfolds to more than {MostTasks} tasks; use a loop");
        }

        if (levels > MostLevels)
        {
            context.Error("root.dag", $"graphs stand in graphs, more than {MostLevels} deep");
        }
    }

    private static (long Tasks, int Levels) Of(ComponentSpec component, PipelineSpec spec, Dictionary<string, (long, int)> known, int depth)
    {
        if (component.Dag is not { } dag)
        {
            return (0, 0);
        }

        if (depth > MostLevels)
        {
            return (0, 1);
        }

        var (tasks, levels) = (0L, 0);
        foreach (var task in dag.Tasks.Values)
        {
            if (!known.TryGetValue(task.Component, out var inner))
            {
                // A component that contains itself is told elsewhere; here it must only come to an end.
                known[task.Component] = (0, 0);
                inner = spec.ComponentOf(task) is { } used ? Of(used, spec, known, depth + 1) : (0, 0);
                known[task.Component] = inner;
            }

            tasks = Math.Min(tasks + 1 + inner.Item1, MostTasks + 1L);
            levels = Math.Max(levels, inner.Item2);
        }

        return (tasks, levels + 1);
    }
}
