using Slipway.PipelineLanguage.Conditions;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Placeholders;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Checks;

/// <summary>One parameter of a task: that its source exists and gives what the component takes.</summary>
internal static class ParameterChecks
{
    public static void Run(CheckContext context, string path, ComponentSpec parent, DagSpec dag, TaskSpec task, TaskParameter parameter, InputParameter? declared)
    {
        if (parameter.Selector is { } selector && Expressions.SelectorFault(selector) is { } fault)
        {
            context.Error($"{path}.parameterExpressionSelector", fault);
        }

        switch (parameter.Source)
        {
            case ParameterSource.Constant constant:
                Constant(context, path, constant, declared, parameter.Selector);
                return;
            case ParameterSource.ComponentInput input when !parent.Inputs.Parameters.ContainsKey(input.Name):
                context.Error(path, $"the graph has no input parameter '{input.Name}'; {CheckContext.There(parent.Inputs.Parameters.Keys)}");
                return;
            case ParameterSource.RuntimeParameter runtime when !parent.Inputs.Parameters.ContainsKey(runtime.Name):
                context.Error(path, $"the graph has no input parameter '{runtime.Name}'; {CheckContext.There(parent.Inputs.Parameters.Keys)}");
                return;
            case ParameterSource.TaskOutput output when !dag.Tasks.ContainsKey(output.Task):
                context.Error(path, $"there is no task '{output.Task}' in this graph; {CheckContext.There(dag.Tasks.Keys)}");
                return;
            case ParameterSource.TaskOutput output when context.Spec.ComponentOf(dag.Tasks[output.Task]) is { } producer && !producer.Outputs.Parameters.ContainsKey(output.Key):
                context.Error(path, $"task {output.Task} has no output parameter '{output.Key}'; {CheckContext.There(producer.Outputs.Parameters.Keys)}");
                return;
            case ParameterSource.FinalStatus status when !dag.Tasks.ContainsKey(status.Task):
                context.Error(path, $"there is no task '{status.Task}' in this graph; {CheckContext.There(dag.Tasks.Keys)}");
                return;
            case ParameterSource.FinalStatus status when !task.Trigger.WaitsForAnyEnd:
                context.Warning(path, $"the task only runs when {status.Task} succeeded, so that its final status says nothing; use ALL_UPSTREAM_TASKS_COMPLETED");
                break;
        }

        // What a selector picks is only known when it runs.
        if (declared is not null && parameter.Selector is null && TypeOf(context, parent, dag, parameter) is { } type && Types.Mismatch(type, declared.Type) is var (isError, message))
        {
            (isError ? (Action<string, string>)context.Error : context.Warning)(path, message);
        }
    }

    /// <summary>The type of what a source gives; null when that cannot be told.</summary>
    public static ParameterType? TypeOf(CheckContext context, ComponentSpec parent, DagSpec dag, TaskParameter parameter) => parameter.Selector is not null ? null : parameter.Source switch
    {
        ParameterSource.ComponentInput input => parent.Inputs.Parameters.GetValueOrDefault(input.Name)?.Type,
        ParameterSource.RuntimeParameter runtime => parent.Inputs.Parameters.GetValueOrDefault(runtime.Name)?.Type,
        ParameterSource.FinalStatus => ParameterType.TaskFinalStatus,
        // A loop gives the list of what its iterations gave.
        ParameterSource.TaskOutput output when dag.Tasks.GetValueOrDefault(output.Task) is { } task =>
            task.IsLoop ? ParameterType.List : context.Spec.ComponentOf(task)?.Outputs.Parameters.GetValueOrDefault(output.Key)?.Type,
        _ => null,
    };

    private static void Constant(CheckContext context, string path, ParameterSource.Constant constant, InputParameter? declared, string? selector)
    {
        // Texts with placeholders are only known when it runs.
        if (declared is null || constant.Value is null || selector is not null || TaskChecks.Texts(constant.Value).Any(t => PlaceholderText.In(t).Any()))
        {
            return;
        }

        if (!ParameterValues.Convert(declared.Type, constant.Value).TryGet(out var value, out var problem))
        {
            context.Error($"{path}.runtimeValue.constant", problem.Message);
        }
        else if (declared.Literals.Count > 0 && !declared.Literals.Any(l => ParameterValues.AreEqual(l, value)))
        {
            context.Error($"{path}.runtimeValue.constant", $"must be one of {string.Join(", ", declared.Literals.Select(ParameterValues.Describe))}, not {ParameterValues.Describe(value)}");
        }
    }
}
