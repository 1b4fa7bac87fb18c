using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Values;

namespace Slipway.PipelineLanguage.Placeholders;

/// <summary>Placeholders in the texts of a JSON value: constants of tasks and the metadata of importers.</summary>
public static class Constants
{
    /// <summary>The value with its placeholders replaced, in lists and maps, too. A text that is one input parameter and nothing else takes the parameter's text.</summary>
    /// <param name="value">The constant.</param>
    /// <param name="facts">What is known of the run.</param>
    /// <param name="inputs">The task's other inputs.</param>
    public static JsonNode? Resolve(JsonNode? value, RunFacts facts, IReadOnlyDictionary<string, JsonNode?> inputs) => value switch
    {
        JsonObject map => new JsonObject(map.Select(p => KeyValuePair.Create(Text(p.Key, facts, inputs), Resolve(p.Value, facts, inputs))).DistinctBy(p => p.Key)),
        JsonArray list => new JsonArray([.. list.Select(i => Resolve(i, facts, inputs))]),
        JsonValue when value.GetValueKind() == JsonValueKind.String => JsonValue.Create(Text(value.GetValue<string>(), facts, inputs)),
        _ => value?.DeepClone(),
    };

    public static string Text(string text, RunFacts facts, IReadOnlyDictionary<string, JsonNode?> inputs) => PlaceholderText.Substitute(
        text, p => p.InputParameter is { } name ? inputs.TryGetValue(name, out var value) ? ParameterValues.ToText(value) : null : facts.Resolve(p));
}
