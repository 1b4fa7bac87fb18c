using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Reading;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>A compiled pipeline or component (the SDK compiles both to the same form) as a step of another pipeline.</summary>
internal static class ComponentFile
{
    public static Result<PipelineSpec> Read(string path, FileReader files) =>
        path.StartsWith('/') || path.Contains('\\') || path.Split('/').Contains("..")
            ? Problem.Invalid($"'{path}' must stand beside the pipeline or below it")
            : files(path).Then(text => PipelineReader.Read(text, path)).Select(source => source.Spec);

    /// <summary>Adds what the file holds under names of its own, its root as the component that the step runs.</summary>
    public static void Add(
        PipelineSpec inner, string name, OrderedDictionary<string, ComponentSpec> components, OrderedDictionary<string, ExecutorSpec> executors)
    {
        string Own(string other) => $"{name}--{other}";

        foreach (var (label, executor) in inner.Executors)
        {
            executors[Own(label)] = executor;
        }

        foreach (var (key, component) in inner.Components.Append(KeyValuePair.Create("", inner.Root)))
        {
            components[key.Length == 0 ? name : Own(key)] = component with
            {
                ExecutorLabel = component.ExecutorLabel is { } label ? Own(label) : null,
                Dag = component.Dag is { } dag
                    ? dag with { Tasks = new OrderedDictionary<string, TaskSpec>(dag.Tasks.Select(t => KeyValuePair.Create(t.Key, t.Value with { Component = Own(t.Value.Component) })), StringComparer.Ordinal) }
                    : null,
            };
        }
    }
}
