using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Execution;

/// <summary>One item of a loop: a parameter's value, or an artifact.</summary>
public sealed record LoopItem(JsonNode? Value, Artifact? Artifact);

/// <summary>What a loop goes through, and what each of its iterations gets.</summary>
public static class LoopItems
{
    /// <summary>The items of a loop task, in order; none is fine, no list is not.</summary>
    public static Result<IReadOnlyList<LoopItem>> Of(TaskSpec task, TaskValues inputs)
    {
        if (task.ArtifactIterator is { } artifacts)
        {
            return inputs.Artifacts.TryGetValue(artifacts.InputArtifact, out var list)
                ? list.Select(a => new LoopItem(null, a)).ToList()
                : Problem.Invalid($"the loop goes through {artifacts.InputArtifact}, which has no artifacts");
        }

        if (task.ParameterIterator is not { } loop)
        {
            throw new InvalidOperationException("The task is no loop");
        }

        if (loop.Raw is { } raw)
        {
            return FromText(raw, "the loop's items");
        }

        return inputs.Parameters.GetValueOrDefault(loop.InputParameter!) switch
        {
            JsonArray list => List(list),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => FromText(value.GetValue<string>(), $"the loop goes through {loop.InputParameter}, which"),
            null => Problem.Invalid($"the loop goes through {loop.InputParameter}, which has no value"),
            var other => Problem.Invalid($"the loop goes through {loop.InputParameter}, which must be a list, not {ParameterValues.Describe(other)}"),
        };
    }

    /// <summary>The inputs of one iteration: those of the loop and its item. The list that the loop goes through stays, for an inner loop may go through it again.</summary>
    public static Result<TaskValues> InputsOf(TaskSpec task, ComponentSpec component, TaskValues inputs, LoopItem item)
    {
        if (task.ArtifactIterator is { } artifacts)
        {
            return inputs with { Artifacts = new OrderedDictionary<string, IReadOnlyList<Artifact>>(inputs.Artifacts, StringComparer.Ordinal) { [artifacts.ItemInput] = [item.Artifact!] } };
        }

        var name = task.ParameterIterator!.ItemInput;
        var typed = item.Value is null
            ? Result.From<JsonNode?>(null)
            : ParameterValues.Convert(component.Inputs.Parameters.GetValueOrDefault(name)?.Type ?? ParameterType.Unspecified, item.Value);
        if (!typed.TryGet(out var value, out var problem))
        {
            return Problem.Invalid([new Fault($"inputs.{name}", problem.Message)]);
        }

        return inputs with { Parameters = new OrderedDictionary<string, JsonNode?>(inputs.Parameters, StringComparer.Ordinal) { [name] = value } };
    }

    private static Result<IReadOnlyList<LoopItem>> FromText(string text, string what) =>
        ParameterValues.Json(text).TryGet(out var node, out _) && node is JsonArray list ? List(list) : Problem.Invalid($"{what} must be a JSON list, not {ParameterValues.Describe(JsonValue.Create(text))}");

    private static List<LoopItem> List(JsonArray list) => [.. list.Select(item => new LoopItem(ParameterValues.Plain(item), null))];
}
