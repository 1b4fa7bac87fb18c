using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.Client.Pipelines;

/// <summary>One step: what it runs, what goes in, what comes out, and when.</summary>
public sealed class StepBuilder
{
    private readonly GraphBuilder _graph;
    private readonly OrderedDictionary<string, (ParameterReference? Value, JsonNode? Constant, ParameterType Type)> _parameters = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, ArtifactReference> _artifacts = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, OutputParameter> _parametersOut = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, OutputArtifact> _artifactsOut = new(StringComparer.Ordinal);
    private readonly List<string> _after = [];
    private readonly List<string> _args = [];
    private string? _statusInput;
    private string? _script;
    private ContainerSpec _container = new(WellKnownImages.Process);
    private TaskSpec _task;

    internal StepBuilder(GraphBuilder graph, string name)
    {
        _graph = graph;
        Name = name;
        _task = new TaskSpec("") { DisplayName = name };
    }

    public string Name { get; }

    /// <summary>The container image; without one the command is the machine's own.</summary>
    public StepBuilder Image(string image) => With(_container with { Image = image });

    public StepBuilder Command(params string[] command) => With(_container with { Command = command });

    public StepBuilder Arg(string text)
    {
        _args.Add(text);
        return this;
    }

    /// <summary>A value as an argument: a parameter's text, an artifact's path.</summary>
    public StepBuilder Arg(PipelineValue value)
    {
        _args.Add(Placeholder(Channel(value), value is ArtifactReference));
        return this;
    }

    /// <summary>Where the step finds an input as an argument.</summary>
    public StepBuilder ArgInput(string name) => Arg(Placeholder(name, _artifacts.ContainsKey(name)));

    /// <summary>Where the step writes an output as an argument.</summary>
    public StepBuilder ArgOutput(string name) => Arg(OutputPlaceholder(name));

    /// <summary>A shell script, which finds its inputs and outputs in the variables <c>IN_NAME</c> and <c>OUT_NAME</c>.</summary>
    public StepBuilder Script(string script)
    {
        _script = script;
        return this;
    }

    /// <summary>Runs a component of the server, such as <c>slipway/train</c>.</summary>
    public StepBuilder Uses(string component) => With(new ContainerSpec(WellKnownImages.Component) { Command = [component], Args = ["{{$}}"] });

    public StepBuilder Input<T>(string name, Value<T> value)
    {
        _parameters[name] = (value, null, value.Type);
        return this;
    }

    public StepBuilder Input(string name, ArtifactReference artifact)
    {
        _artifacts[name] = artifact;
        return this;
    }

    /// <summary>A constant.</summary>
    public StepBuilder Input<T>(string name, T constant)
    {
        _parameters[name] = (null, ClrTypes.Json(constant), ClrTypes.Of(typeof(T)));
        return this;
    }

    /// <summary>An output parameter, which the step writes to its file.</summary>
    public Value<T> Output<T>(string name)
    {
        var type = ClrTypes.Of(typeof(T));
        _parametersOut[name] = new OutputParameter(type);
        return new Value<T>(_graph, Name, name, type);
    }

    /// <summary>An output artifact, which the step writes to its path.</summary>
    /// <param name="name">Unique among the step's outputs.</param>
    /// <param name="type">Such as <c>system.Model</c> or <c>my.Type</c>.</param>
    public ArtifactReference OutputArtifact(string name, string type = ArtifactType.AnyTitle)
    {
        _artifactsOut[name] = new OutputArtifact(ArtifactType.Of(type));
        return new ArtifactReference(_graph, Name, name, ArtifactType.Of(type), isList: false);
    }

    public StepBuilder Env(string name, string value) => With(_container with { Env = [.. _container.Env, new EnvironmentVariable(name, value)] });

    /// <summary>Kubernetes quantities: <c>500m</c>, <c>4Gi</c>.</summary>
    public StepBuilder Resources(string? cpu = null, string? memory = null, int gpus = 0) => With(_container with
    {
        Resources = new ResourceSpec
        {
            CpuLimit = cpu,
            MemoryLimit = memory,
            AcceleratorType = gpus > 0 ? "nvidia.com/gpu" : null,
            AcceleratorCount = gpus > 0 ? gpus.ToString(System.Globalization.CultureInfo.InvariantCulture) : null,
        },
    });

    /// <summary>Waits for another step of the same graph without taking anything from it.</summary>
    public StepBuilder After(params StepBuilder[] steps)
    {
        _after.AddRange(steps.Select(s => s._graph == _graph ? s.Name : throw new ArgumentException($"step '{s.Name}' is in another graph")));
        return this;
    }

    public StepBuilder Cache(bool enabled = true, string? key = null) => With(_task with { Caching = new CachingOptions(enabled, key) });

    /// <param name="retries">Tries after the first.</param>
    /// <param name="backoff">Wait before the first of them; it doubles from one to the next.</param>
    public StepBuilder Retry(int retries, TimeSpan? backoff = null) => With(_task with { Retry = new RetryPolicy(retries, backoff, null, null) });

    /// <summary>Runs however the steps before it ended.</summary>
    public StepBuilder EvenAfterFailure() => With(_task with { Trigger = new TriggerPolicy(null, TriggerStrategy.AllCompleted) });

    /// <summary>An input of an exit step: how what ran before it ended.</summary>
    public StepBuilder FinalStatus(string input)
    {
        _statusInput = input;
        return this;
    }

    internal StepBuilder AfterTask(string task)
    {
        _after.Add(task);
        return this;
    }

    internal (TaskSpec Task, ComponentSpec Component, ContainerSpec Container) Compile()
    {
        var parameters = new OrderedDictionary<string, TaskParameter>(StringComparer.Ordinal);
        var declared = new OrderedDictionary<string, InputParameter>(StringComparer.Ordinal);
        foreach (var (name, (value, constant, type)) in _parameters)
        {
            parameters[name] = new TaskParameter(value is null ? new ParameterSource.Constant(constant) : _graph.SourceOf(value));
            declared[name] = new InputParameter(type);
        }

        if (_statusInput is { } status)
        {
            parameters[status] = new TaskParameter(new ParameterSource.FinalStatus(_after.FirstOrDefault() ?? throw new InvalidOperationException($"step '{Name}' asks for a final status and waits for nothing")));
            declared[status] = new InputParameter(ParameterType.TaskFinalStatus) { IsOptional = true };
        }

        var component = new ComponentSpec
        {
            Inputs = new ComponentInputs
            {
                Parameters = declared,
                Artifacts = new OrderedDictionary<string, InputArtifact>(_artifacts.Select(a => KeyValuePair.Create(a.Key, new InputArtifact(a.Value.Type) { IsList = a.Value.IsList })), StringComparer.Ordinal),
            },
            Outputs = new ComponentOutputs { Parameters = _parametersOut, Artifacts = _artifactsOut },
        };
        var artifacts = new OrderedDictionary<string, ArtifactSource>(_artifacts.Select(a => KeyValuePair.Create(a.Key, _graph.SourceOf(a.Value))), StringComparer.Ordinal);
        return (_task with { Parameters = parameters, Artifacts = artifacts, DependentTasks = [.. _after.Distinct()] }, component, Container());
    }

    private ContainerSpec Container()
    {
        if (_script is null)
        {
            return _args.Count > 0 ? _container with { Args = _args } : _container;
        }

        // Values come as arguments, so that nothing in them is read as shell.
        var variables = _parameters.Keys.Concat(_artifacts.Keys).Select(n => (Variable("IN", n), Placeholder(n, _artifacts.ContainsKey(n))))
            .Concat(_parametersOut.Keys.Concat(_artifactsOut.Keys).Select(n => (Variable("OUT", n), OutputPlaceholder(n)))).ToList();
        var head = string.Concat(variables.Select(v => $"export {v.Item1}=\"$1\"; shift\n"));
        return _container with { Command = ["sh", "-ec", head + _script, "sh"], Args = [.. variables.Select(v => v.Item2), .. _args] };
    }

    /// <summary>The input that a value becomes when it is used as an argument.</summary>
    private string Channel(PipelineValue value)
    {
        var name = value.ChannelName;
        if (value is ArtifactReference artifact)
        {
            _artifacts.TryAdd(name, artifact);
        }
        else
        {
            _parameters.TryAdd(name, ((ParameterReference)value, null, ((ParameterReference)value).Type));
        }

        return name;
    }

    private string OutputPlaceholder(string name) =>
        _artifactsOut.ContainsKey(name) ? $"{{{{$.outputs.artifacts['{name}'].path}}}}"
        : _parametersOut.ContainsKey(name) ? $"{{{{$.outputs.parameters['{name}'].output_file}}}}"
        : throw new ArgumentException($"step '{Name}' has no output '{name}'");

    private static string Placeholder(string name, bool isArtifact) => isArtifact ? $"{{{{$.inputs.artifacts['{name}'].path}}}}" : $"{{{{$.inputs.parameters['{name}']}}}}";

    private static string Variable(string kind, string name) => $"{kind}_{name.Replace('-', '_').ToUpperInvariant()}";

    private StepBuilder With(ContainerSpec container)
    {
        _container = container;
        return this;
    }

    private StepBuilder With(TaskSpec task)
    {
        _task = task;
        return this;
    }
}
