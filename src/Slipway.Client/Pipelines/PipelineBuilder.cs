using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Checks;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Writing;

namespace Slipway.Client.Pipelines;

/// <summary>
/// Writes a pipeline in C#. What comes out is the Kubeflow Pipelines form, which this server and every Kubeflow backend run.
/// <code>
/// var pipeline = new PipelineBuilder("hello");
/// var name = pipeline.Parameter("name", "world");
/// pipeline.Step("greet").Command("echo", "hello").Arg(name);
/// File.WriteAllText("hello.yaml", pipeline.ToYaml().OrThrow());
/// </code>
/// </summary>
public sealed class PipelineBuilder : GraphBuilder
{
    private readonly OrderedDictionary<string, InputParameter> _parameters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly PipelineInfo _info;

    public PipelineBuilder(string name, string? description = null)
        : base(null, PipelineSpec.RootName) => _info = new PipelineInfo(name) { Description = description };

    /// <summary>A parameter that a run must give.</summary>
    public Value<T> Parameter<T>(string name) => Parameter<T>(name, new InputParameter(ClrTypes.Of(typeof(T))));

    /// <summary>A parameter with a default.</summary>
    public Value<T> Parameter<T>(string name, T value) => Parameter<T>(name, new InputParameter(ClrTypes.Of(typeof(T))) { HasDefault = true, Default = ClrTypes.Json(value), IsOptional = true });

    /// <summary>Makes a value an output of the pipeline.</summary>
    public PipelineBuilder Output(string name, PipelineValue value)
    {
        Raise(Reach(value), name);
        return this;
    }

    /// <summary>The pipeline, checked: every fault at once.</summary>
    public Result<PipelineSpec> Build()
    {
        // Twice: a step may ask for a value of a graph that stands before it, which then gets one more output.
        Compile(this, "", [], []);
        var components = new OrderedDictionary<string, ComponentSpec>(StringComparer.Ordinal);
        var executors = new OrderedDictionary<string, ExecutorSpec>(StringComparer.Ordinal);
        var dag = Compile(this, "", components, executors);
        var spec = new PipelineSpec
        {
            Info = _info,
            SdkVersion = "slipway",
            Components = components,
            Executors = executors,
            Root = Component(dag) with { Inputs = new ComponentInputs { Parameters = _parameters } },
        };
        var faults = PipelineChecks.Of(spec).Where(f => f.IsError).Select(f => f.ToFault()).ToList();
        return faults.Count > 0 ? Problem.Invalid(faults) : spec;
    }

    /// <summary>The pipeline as text for an upload or a file.</summary>
    public Result<string> ToYaml() => Build().Select(PipelineWriter.ToYaml);

    internal string NextName(string kind)
    {
        _names[kind] = _names.GetValueOrDefault(kind) + 1;
        return $"{kind}-{_names[kind]}";
    }

    // Inner graphs first: compiling them is what makes them ask the outer ones for values.
    private static DagSpec Compile(GraphBuilder graph, string prefix, OrderedDictionary<string, ComponentSpec> components, OrderedDictionary<string, ExecutorSpec> executors)
    {
        var tasks = new OrderedDictionary<string, TaskSpec>(StringComparer.Ordinal);
        foreach (var (name, node) in graph.Tasks)
        {
            var label = prefix + name;
            if (node.Step is { } step)
            {
                var (task, component, container) = step.Compile();
                components[$"comp-{label}"] = component with { ExecutorLabel = $"exec-{label}" };
                executors[$"exec-{label}"] = new ExecutorSpec.Container(container);
                tasks[name] = task with { Component = $"comp-{label}" };
                continue;
            }

            var group = node.Group!;
            var condition = group.Condition?.Write(value => group.Reach(value).Key);
            var dag = Compile(group, $"{label}-", components, executors);
            components[$"comp-{label}"] = group.Component(dag);
            var (parameters, artifacts) = group.Inputs();
            tasks[name] = new TaskSpec($"comp-{label}")
            {
                DisplayName = name,
                Parameters = parameters,
                Artifacts = artifacts,
                Trigger = new TriggerPolicy(condition, TriggerStrategy.Unspecified),
                ParameterIterator = group.Iterator,
                ParallelismLimit = group.Parallelism,
            };
        }

        return new DagSpec { Tasks = tasks };
    }

    private Value<T> Parameter<T>(string name, InputParameter parameter) =>
        _parameters.TryAdd(name, parameter) ? new Value<T>(this, null, name, parameter.Type) : throw new ArgumentException($"There is a parameter '{name}' already");
}
