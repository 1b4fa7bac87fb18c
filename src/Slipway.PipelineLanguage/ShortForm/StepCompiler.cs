using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>One step as a component, an executor and a task. What its texts refer to becomes an input of the task.</summary>
internal sealed class StepCompiler(ShortPipeline pipeline, ShortStep step, Scope scope, FileReader files, Action<string, string> fault)
{
    private const string MatrixItem = "matrix-item";

    private readonly OrderedDictionary<string, (TaskParameter Source, ParameterType Type)> _parameters = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, (ArtifactSource Source, InputArtifact Declared)> _artifacts = new(StringComparer.Ordinal);

    // Parameters that only the condition or a text refers to; the component does not declare them.
    private readonly HashSet<string> _hidden = new(StringComparer.Ordinal);

    public void CompileInto(PipelineSpec? inner, OrderedDictionary<string, ComponentSpec> components, OrderedDictionary<string, ExecutorSpec> executors, OrderedDictionary<string, TaskSpec> tasks)
    {
        foreach (var (name, value) in step.In)
        {
            Input(name, value);
        }

        foreach (var name in step.Params)
        {
            Use(new ShortReference.Parameter(name), $"{step.Path}.params");
        }

        var componentName = "comp-" + step.Name;
        if (inner is not null)
        {
            ComponentFile.Add(inner, componentName, components, executors);
        }
        else
        {
            var container = new CommandCompiler(pipeline, step, scope, files, fault, Use).Compile([.. _parameters.Keys], [.. _artifacts.Keys]);
            components[componentName] = new ComponentSpec { Inputs = Inputs(), Outputs = scope.OutputsOf(step), ExecutorLabel = "exec-" + step.Name };
            executors["exec-" + step.Name] = new ExecutorSpec.Container(container);
        }

        var condition = step.If is { } text ? Condition(text) : null;
        var task = new TaskSpec(componentName)
        {
            DisplayName = step.Name,
            Caching = new CachingOptions(step.Cache, step.CacheKey),
            Retry = step.Retry,
            Parameters = Map(_parameters, p => p.Source),
            Artifacts = Map(_artifacts, a => a.Source),
        };
        var needs = step.Needs.Where(n => Known(n)).ToList();
        var trigger = new TriggerPolicy(condition, step.Always ? TriggerStrategy.AllCompleted : TriggerStrategy.Unspecified);
        tasks[step.Name] = step.Matrix.Count == 0
            ? task with { DependentTasks = needs, Trigger = trigger }
            : Loop(components, components[componentName], task, condition) with { DependentTasks = needs };
    }

    private bool Known(string need)
    {
        if (!pipeline.Steps.ContainsKey(need))
        {
            fault($"{step.Path}.needs", $"there is no step '{need}'; there is: {string.Join(", ", pipeline.Steps.Keys)}");
            return false;
        }

        return true;
    }

    private ComponentInputs Inputs() => new()
    {
        Parameters = Map(_parameters.Where(p => !_hidden.Contains(p.Key)), p => new InputParameter(p.Type) { IsOptional = p.Type == ParameterType.Unspecified }),
        Artifacts = Map(_artifacts, a => a.Declared),
    };

    private void Input(string name, JsonNode? value)
    {
        var at = $"{step.Path}.in.{name}";
        var text = value is JsonValue written && written.TryGetValue<string>(out var content) ? content : null;
        if (text is not null && (ShortReferences.Whole(text) ?? scope.Short(text)) is { } reference)
        {
            Refer(name, reference, at, ParameterType.Unspecified);
        }
        else
        {
            var constant = Resolve(value, at);
            _parameters[name] = (new TaskParameter(new ParameterSource.Constant(constant)), ShortTypes.Of(value));
        }
    }

    /// <summary>Gives the task an input of this name that comes from what is referred to.</summary>
    private void Refer(string name, ShortReference reference, string at, ParameterType fallback)
    {
        switch (reference)
        {
            case ShortReference.Parameter parameter when pipeline.Parameters.TryGetValue(parameter.Name, out var declared):
                _parameters[name] = (new TaskParameter(new ParameterSource.ComponentInput(parameter.Name)), declared.Type);
                break;
            case ShortReference.StepOutput output when scope.OutputOf(output, at, fault) is { } found:
                if (found.Artifact is { } artifact)
                {
                    _artifacts[name] = (new ArtifactSource.TaskOutput(output.Step, output.Key), new InputArtifact(artifact) { IsList = pipeline.Steps[output.Step].Matrix.Count > 0 });
                }
                else
                {
                    var type = pipeline.Steps[output.Step].Matrix.Count > 0 ? ParameterType.List : found.Parameter ?? fallback;
                    _parameters[name] = (new TaskParameter(new ParameterSource.TaskOutput(output.Step, output.Key)), type);
                }

                break;
            case ShortReference.Matrix matrix when step.Matrix.TryGetValue(matrix.Key, out var values):
                _parameters[name] = Iterated is null
                    ? (new TaskParameter(new ParameterSource.ComponentInput(MatrixItem), $"parseJson(string_value)[\"{matrix.Key}\"]"), ShortTypes.OfAll(values as JsonArray ?? []))
                    : (new TaskParameter(new ParameterSource.ComponentInput(MatrixItem)), ParameterType.Unspecified);
                break;
            case ShortReference.RunId:
                _parameters[name] = (new TaskParameter(new ParameterSource.Constant("{{$.pipeline_job_uuid}}")), ParameterType.String);
                break;
            case ShortReference.Parameter parameter:
                fault(at, $"there is no parameter '{parameter.Name}'; {(pipeline.Parameters.Count == 0 ? "there is none" : $"there is: {string.Join(", ", pipeline.Parameters.Keys)}")}");
                break;
            case ShortReference.Matrix matrix:
                fault(at, $"the step's matrix has no '{matrix.Key}'");
                break;
            case ShortReference.Input or ShortReference.Output:
                fault(at, "an input cannot refer to the step's own inputs and outputs");
                break;
        }
    }

    /// <summary>The name of the task's input for something that a text refers to; made when there is none yet.</summary>
    private string? Use(ShortReference reference, string at)
    {
        var name = NameOf(reference);
        if (!_parameters.ContainsKey(name) && !_artifacts.ContainsKey(name) && reference is not (ShortReference.Input or ShortReference.Output))
        {
            Refer(name, reference, at, ParameterType.Unspecified);
        }

        if (_parameters.ContainsKey(name) || _artifacts.ContainsKey(name))
        {
            _hidden.Remove(name);
            return name;
        }

        if (reference is ShortReference.Input input)
        {
            fault(at, $"the step has no input '{input.Name}'; {(step.In.Count == 0 ? "there is none" : $"there is: {string.Join(", ", step.In.Keys)}")}");
        }

        return null;
    }

    private static string NameOf(ShortReference reference) => reference switch
    {
        ShortReference.Parameter parameter => "param-" + parameter.Name,
        ShortReference.StepOutput output => $"{output.Step}-{output.Key}",
        ShortReference.Matrix matrix => "matrix-" + matrix.Key,
        ShortReference.Input input => input.Name,
        ShortReference.RunId => "run-id",
        _ => "",
    };

    /// <summary>A constant whose references become placeholders of the IR, each to an input that is there for it.</summary>
    private JsonNode? Resolve(JsonNode? value, string at) => value switch
    {
        JsonObject map => new JsonObject(map.Select(p => KeyValuePair.Create(p.Key, Resolve(p.Value, at)))),
        JsonArray list => new JsonArray([.. list.Select(i => Resolve(i, at))]),
        JsonValue written when written.TryGetValue<string>(out var text) => JsonValue.Create(Texts(text, at)),
        _ => value?.DeepClone(),
    };

    private string Texts(string text, string at)
    {
        foreach (var (reference, inner) in ShortReferences.In(text))
        {
            if (reference is null or ShortReference.Input or ShortReference.Output)
            {
                fault(at, $"cannot read '{inner}'; write {ShortReferences.Forms}");
            }
        }

        return ShortReferences.Replace(text, reference => reference switch
        {
            ShortReference.RunId => "{{$.pipeline_job_uuid}}",
            ShortReference.Input or ShortReference.Output => "",
            _ => Hidden(reference, at) is { } name ? $"{{{{$.inputs.parameters['{name}']}}}}" : "",
        });
    }

    private string? Hidden(ShortReference reference, string at)
    {
        var isNew = !_parameters.ContainsKey(NameOf(reference));
        var name = Use(reference, at);
        if (name is not null && _artifacts.ContainsKey(name))
        {
            fault(at, "an artifact is no text; make it an input of its own, and use its path");
            return null;
        }

        if (name is not null && isNew)
        {
            _hidden.Add(name);
        }

        return name;
    }

    private string? Condition(string text)
    {
        var at = $"{step.Path}.if";
        var inner = ShortReferences.Whole(text) is not null || text.TrimStart().StartsWith("${{", StringComparison.Ordinal) && text.TrimEnd().EndsWith("}}", StringComparison.Ordinal) && ShortReferences.In(text).Count() == 1
            ? text.Trim()[3..^2].Trim()
            : text;
        if (ShortReferences.Parse(inner) is { } single)
        {
            return Hidden(single, at) is not { } name ? null
                : _parameters[name].Type == ParameterType.Boolean ? $"inputs.parameter_values['{name}'] == true" : $"truthy(inputs.parameter_values['{name}'])";
        }

        var expression = ShortReferences.ReplaceInExpression(ShortReferences.Replace(inner, Operand), Operand);
        if (Conditions.Expressions.ConditionFault(expression) is { } problem)
        {
            fault(at, problem);
            return null;
        }

        return expression;

        string Operand(ShortReference reference) => Hidden(reference, at) is not { } name ? "''"
            : _parameters[name].Type == ParameterType.NumberInteger ? $"int(inputs.parameter_values['{name}'])" : $"inputs.parameter_values['{name}']";
    }

    /// <summary>The list that a matrix of one key refers to, instead of naming its values.</summary>
    private ShortReference? Iterated => step.Matrix.Count == 1 && step.Matrix.Values.First() is JsonValue value && value.TryGetValue<string>(out var text)
        ? ShortReferences.Whole(text) ?? scope.Short(text)
        : null;

    private TaskSpec Loop(OrderedDictionary<string, ComponentSpec> components, ComponentSpec body, TaskSpec task, string? condition)
    {
        // What the step gets from outside goes through the loop's own graph.
        var outside = _parameters.Where(p => p.Value.Source.Source is not (ParameterSource.Constant or ParameterSource.ComponentInput { Name: MatrixItem })).ToList();
        var usesMatrix = condition?.Contains("'matrix-", StringComparison.Ordinal) == true;
        var inTexts = _parameters.Values.Select(p => p.Source.Source).OfType<ParameterSource.Constant>().SelectMany(c => PlaceholderText.In(ParameterValues.ToCompactJson(c.Value)))
            .Select(p => p.InputParameter).ToHashSet();
        var inner = task with
        {
            Parameters = Map(_parameters.Where(p => !_hidden.Contains(p.Key) || usesMatrix || inTexts.Contains(p.Key)), (name, p) => p.Source.Source is ParameterSource.Constant or ParameterSource.ComponentInput { Name: MatrixItem } ? p.Source : new TaskParameter(new ParameterSource.ComponentInput(name))),
            Artifacts = Map(_artifacts, ArtifactSource (name, _) => new ArtifactSource.ComponentInput(name)),
            Trigger = new TriggerPolicy(usesMatrix ? condition : null, TriggerStrategy.Unspecified),
        };
        var (iterator, list) = Items();
        var parameters = Map(outside, p => p.Source);
        if (list is not null)
        {
            parameters["matrix-list"] = list;
        }

        var inputs = Map(outside, p => new InputParameter(p.Type) { IsOptional = p.Type == ParameterType.Unspecified });
        inputs[MatrixItem] = new InputParameter(list is null ? ParameterType.Struct : ParameterType.Unspecified);
        components[$"comp-{step.Name}-each"] = new ComponentSpec
        {
            Inputs = new ComponentInputs { Parameters = inputs, Artifacts = Map(_artifacts, a => a.Declared) },
            Outputs = new ComponentOutputs
            {
                Parameters = Map(body.Outputs.Parameters, _ => new OutputParameter(ParameterType.List)),
                Artifacts = Map(body.Outputs.Artifacts, a => a with { IsList = true }),
            },
            Dag = new DagSpec
            {
                Tasks = new OrderedDictionary<string, TaskSpec> { [step.Name] = inner },
                ParameterOutputs = Map(body.Outputs.Parameters, (name, _) => new ParameterOutputSource([new OutputSelector(step.Name, name)], false)),
                ArtifactOutputs = Map(body.Outputs.Artifacts, (name, _) => new ArtifactOutputSource([new OutputSelector(step.Name, name)])),
            },
        };
        return new TaskSpec($"comp-{step.Name}-each")
        {
            DisplayName = step.Name,
            Parameters = parameters,
            Artifacts = Map(_artifacts, a => a.Source),
            ParameterIterator = iterator,
            ParallelismLimit = step.Parallel,
            Trigger = new TriggerPolicy(usesMatrix ? null : condition, step.Always ? TriggerStrategy.AllCompleted : TriggerStrategy.Unspecified),
        };
    }

    private (ParameterIterator Iterator, TaskParameter? List) Items()
    {
        if (Iterated is { } reference)
        {
            Refer("matrix-list", reference, $"{step.Path}.matrix", ParameterType.List);
            var list = _parameters.GetValueOrDefault("matrix-list").Source;
            _parameters.Remove("matrix-list");
            return (new ParameterIterator(null, "matrix-list", MatrixItem), list);
        }

        return (new ParameterIterator(ParameterValues.ToCompactJson(MatrixItems.Of(step, fault)), null, MatrixItem), null);
    }

    private static OrderedDictionary<string, TOut> Map<TIn, TOut>(IEnumerable<KeyValuePair<string, TIn>> from, Func<TIn, TOut> map) => Map(from, (_, value) => map(value));

    private static OrderedDictionary<string, TOut> Map<TIn, TOut>(IEnumerable<KeyValuePair<string, TIn>> from, Func<string, TIn, TOut> map)
    {
        var result = new OrderedDictionary<string, TOut>(StringComparer.Ordinal);
        foreach (var (key, value) in from)
        {
            result[key] = map(key, value);
        }

        return result;
    }
}
