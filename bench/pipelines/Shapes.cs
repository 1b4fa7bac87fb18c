using Slipway.PipelineLanguage.Ir;

namespace Slipway.Bench.Pipelines;

/// <summary>Pipelines of a shape and size, with steps that do nothing.</summary>
internal static class Shapes
{
    public static PipelineSpec Chain(int tasks, string step = "bench/nothing") =>
        Of(Enumerable.Range(0, tasks).Select(i => ($"t{i}", i == 0 ? Array.Empty<string>() : [$"t{i - 1}"])), step);

    public static PipelineSpec Wide(int tasks, string step = "bench/nothing") => Of(Enumerable.Range(0, tasks).Select(i => ($"t{i}", Array.Empty<string>())), step);

    /// <summary>Layers, each task after two of the layer before.</summary>
    public static PipelineSpec Layers(int layers, int width) =>
        Of(Enumerable.Range(0, layers * width).Select(i =>
        {
            var (layer, place) = (i / width, i % width);
            return ($"t{i}", layer == 0 ? Array.Empty<string>() : [$"t{((layer - 1) * width) + place}", $"t{((layer - 1) * width) + ((place + 1) % width)}"]);
        }), "bench/nothing");

    /// <summary>Commands instead of built-in steps, one after another.</summary>
    public static PipelineSpec Commands(int tasks, params string[] command)
    {
        var chain = Chain(tasks);
        return chain with { Executors = new Dictionary<string, ExecutorSpec> { ["exec-step"] = new ExecutorSpec.Container(new ContainerSpec(WellKnownImages.Process) { Command = command }) } };
    }

    private static PipelineSpec Of(IEnumerable<(string Name, string[] After)> tasks, string step) => new()
    {
        Info = new PipelineInfo("bench"),
        Components = new Dictionary<string, ComponentSpec> { ["comp-step"] = new() { ExecutorLabel = "exec-step" } },
        Executors = new Dictionary<string, ExecutorSpec>
        {
            ["exec-step"] = new ExecutorSpec.Container(new ContainerSpec(WellKnownImages.Component) { Command = [step], Args = ["{{$}}"] }),
        },
        Root = new ComponentSpec { Dag = new DagSpec { Tasks = tasks.ToDictionary(t => t.Name, t => new TaskSpec("comp-step") { DependentTasks = t.After }) } },
    };
}
