using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Domain;
using Slipway.Pipelines.Steps;

namespace Slipway.Pipelines.Definitions;

/// <summary>
/// A Pipeline resource in the IR. A step becomes a task with one output, all that its component answers, and keeps its <c>with</c> as a template. It starts
/// whatever became of what it needs, because a step that was skipped by its condition does not hold up what follows; runs of it stop at the first failure.
/// </summary>
internal static class PipelineCompiler
{
    public static PipelineSpec Compile(string name, PipelineDefinition definition)
    {
        var tasks = new OrderedDictionary<string, TaskSpec>(StringComparer.Ordinal);
        var components = new OrderedDictionary<string, ComponentSpec>(StringComparer.Ordinal);
        var executors = new OrderedDictionary<string, ExecutorSpec>(StringComparer.Ordinal);
        foreach (var step in definition.Steps)
        {
            var parameters = Parameters(step);
            tasks[step.Name] = new TaskSpec("comp-" + step.Name)
            {
                Parameters = parameters.ToDictionary(p => p.Key, p => new TaskParameter(p.Value)),
                DependentTasks = step.Needs,
                Trigger = new TriggerPolicy(null, step.Needs.Count == 0 ? TriggerStrategy.Unspecified : TriggerStrategy.AllCompleted),
            };
            components["comp-" + step.Name] = new ComponentSpec
            {
                Inputs = new ComponentInputs { Parameters = parameters.ToDictionary(p => p.Key, p => Input(p.Value)) },
                Outputs = new ComponentOutputs { Parameters = new Dictionary<string, OutputParameter> { [StepTemplate.OutputName] = new(ParameterType.Struct) } },
                ExecutorLabel = "exec-" + step.Name,
            };
            executors["exec-" + step.Name] = new ExecutorSpec.Container(
                new ContainerSpec(WellKnownImages.Component) { Command = [step.Uses], Args = [StepTemplate.Flag, new StepTemplate(step.With, step.If).ToJson()] });
        }

        return new PipelineSpec
        {
            Info = new PipelineInfo(name),
            SdkVersion = "slipway",
            Components = components,
            Executors = executors,
            Root = new ComponentSpec
            {
                Inputs = new ComponentInputs { Parameters = definition.Parameters.ToDictionary(p => p.Name, Input) },
                Dag = new DagSpec { Tasks = tasks },
            },
        };
    }

    private static Dictionary<string, ParameterSource> Parameters(StepDefinition step)
    {
        var sources = step.Needs.Distinct().ToDictionary(
            n => StepTemplate.StepPrefix + n, ParameterSource (n) => new ParameterSource.TaskOutput(n, StepTemplate.OutputName), StringComparer.Ordinal);
        var references = Placeholders.ReferencesIn(step.With).Concat(step.If is null ? [] : Placeholders.ReferencesIn(step.If));
        foreach (var parameter in references.OfType<PlaceholderReference.Parameter>())
        {
            sources[StepTemplate.ParameterPrefix + parameter.Name] = new ParameterSource.ComponentInput(parameter.Name);
        }

        return sources;
    }

    private static InputParameter Input(ParameterSource source) =>
        new(source is ParameterSource.TaskOutput ? ParameterType.Struct : ParameterType.Unspecified) { IsOptional = true };

    private static InputParameter Input(ParameterDefinition parameter) =>
        new(ParameterType.Unspecified) { HasDefault = parameter.HasDefault, Default = parameter.Default, IsOptional = parameter.HasDefault };
}
