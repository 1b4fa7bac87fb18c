using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.Drawing;

/// <summary>A task in a drawing.</summary>
/// <param name="Path">Unique in the pipeline: names of tasks, from the root on, with slashes.</param>
/// <param name="Kind">task, importer, graph, loop or component.</param>
/// <param name="Notes">What matters about it in a few words each: its condition, its loop, that it waits for any end.</param>
public sealed record GraphNode(string Path, string Name, string Kind, int Level, IReadOnlyList<string> Upstream, IReadOnlyList<string> Notes, IReadOnlyList<GraphNode> Inside);

/// <summary>The tasks of a pipeline with what they wait for, graphs in graphs unfolded.</summary>
public static class GraphLayout
{
    private const int MostDepth = 20;

    /// <summary>The root graph's tasks, in an order in which each comes after what it waits for.</summary>
    public static IReadOnlyList<GraphNode> Of(PipelineSpec spec) => spec.Root.Dag is { } dag ? Of(spec, dag, "", 0) : [];

    private static List<GraphNode> Of(PipelineSpec spec, DagSpec dag, string above, int depth)
    {
        var levels = Levels(dag);
        return
        [
            .. dag.Tasks.Select(t =>
            {
                var component = spec.ComponentOf(t.Value);
                var path = above + t.Key;
                return new GraphNode(
                    path, t.Key, Kind(spec, t.Value, component), levels.GetValueOrDefault(t.Key), [.. t.Value.Upstream().Where(dag.Tasks.ContainsKey)], [.. Notes(t.Value)],
                    component?.Dag is { } inner && depth < MostDepth ? Of(spec, inner, path + "/", depth + 1) : []);
            }).OrderBy(n => n.Level),
        ];
    }

    private static string Kind(PipelineSpec spec, TaskSpec task, ComponentSpec? component) =>
        task.IsLoop ? "loop"
        : component?.Dag is not null ? "graph"
        : component is not null && spec.ExecutorOf(component) is { } executor ? executor is ExecutorSpec.Importer ? "importer"
            : executor is ExecutorSpec.Container { Spec.Image: WellKnownImages.Component } ? "component" : "task"
        : "task";

    private static IEnumerable<string> Notes(TaskSpec task)
    {
        if (task.Trigger.Condition is { } condition)
        {
            yield return $"if {condition}";
        }

        if (task.Trigger.WaitsForAnyEnd)
        {
            yield return "always";
        }

        if (task.ParameterIterator is { } loop)
        {
            yield return $"for {loop.ItemInput} in {loop.Raw ?? loop.InputParameter}";
        }

        if (task.ArtifactIterator is { } artifacts)
        {
            yield return $"for {artifacts.ItemInput} in {artifacts.InputArtifact}";
        }

        if (task.Retry is { } retry)
        {
            yield return $"retries {retry.MaxRetries}";
        }
    }

    /// <summary>How many tasks stand before each, at most; those of a circle are left out.</summary>
    private static Dictionary<string, int> Levels(DagSpec dag)
    {
        var waits = dag.Tasks.ToDictionary(t => t.Key, t => t.Value.Upstream().Where(dag.Tasks.ContainsKey).ToList(), StringComparer.Ordinal);
        var followers = waits.SelectMany(w => w.Value.Select(up => (up, w.Key))).ToLookup(e => e.up, e => e.Key, StringComparer.Ordinal);
        var open = waits.ToDictionary(w => w.Key, w => w.Value.Count, StringComparer.Ordinal);
        var levels = new Dictionary<string, int>(StringComparer.Ordinal);
        var ready = new Queue<string>(open.Where(o => o.Value == 0).Select(o => o.Key));
        while (ready.TryDequeue(out var task))
        {
            levels[task] = waits[task].Select(up => levels[up] + 1).DefaultIfEmpty(0).Max();
            foreach (var next in followers[task])
            {
                if (--open[next] == 0)
                {
                    ready.Enqueue(next);
                }
            }
        }

        return levels;
    }
}
