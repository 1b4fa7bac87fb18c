using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Engine;

/// <summary>The language's rules over live tasks: what a task gets, what a group gives.</summary>
internal static class TaskSemantics
{
    public static Result<TaskValues> Resolve(TaskPlan task, LiveTask graph, RunContext context)
    {
        var parameters = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (name, parameter) in task.Spec.Parameters)
        {
            JsonNode? value = parameter.Source switch
            {
                ParameterSource.Constant constant => constant.Value,
                ParameterSource.ComponentInput input => graph.Inputs!.Parameters.GetValueOrDefault(input.Name),
                ParameterSource.TaskOutput output => Of(graph, output.Task).Outputs?.Parameters.GetValueOrDefault(output.Key),
                _ => null,
            };
            if (value is not null)
            {
                parameters[name] = value;
            }
        }

        var artifacts = new Dictionary<string, IReadOnlyList<ArtifactValue>>(StringComparer.Ordinal);
        return new TaskValues(parameters, artifacts);
    }

    public static Result<bool> Condition(string condition, TaskValues inputs) => Problem.Invalid("not yet");

    public static Result<LoopItems> Items(TaskSpec task, TaskValues inputs) =>
        new LoopItems([.. (JsonArray)JsonNode.Parse(task.ParameterIterator!.Raw!)!], null);

    public static TaskValues Iteration(TaskSpec task, TaskValues inputs, LoopItems items, int index) =>
        new(new Dictionary<string, JsonNode?>(inputs.Parameters, StringComparer.Ordinal) { [task.ParameterIterator!.ItemInput] = items.Values![index] }, inputs.Artifacts);

    public static TaskValues LoopOutputs(ComponentSpec component, IReadOnlyList<TaskValues?> iterations) => TaskValues.Empty;

    public static TaskValues GraphOutputs(LiveTask graph) => TaskValues.Empty;

    public static string Fingerprint(PipelineSpec spec, LiveTask task) => "";

    public static TimeSpan? RetryDelay(RetryPolicy? policy, long tries) => null;

    private static LiveTask Of(LiveTask graph, string name) => graph.Children[graph.Graph!.Index[name]];
}
