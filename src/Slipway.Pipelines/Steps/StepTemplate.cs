using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Steps;

/// <summary>
/// A step of a Pipeline resource inside the IR: <c>{"with": {...}, "if": "..."}</c> with <c>${{ }}</c> placeholders that keep their values' JSON types, which
/// the IR's own placeholders do not. The task's parameters are <c>param-NAME</c> for the run's and <c>step-NAME</c> for all outputs of a needed step.
/// </summary>
internal sealed record StepTemplate(JsonObject With, string? If)
{
    public const string Flag = "--with";
    public const string OutputName = "outputs";
    public const string ParameterPrefix = "param-";
    public const string StepPrefix = "step-";

    public static StepTemplate? Of(ContainerSpec spec) =>
        spec.Args is [Flag, var json] && JsonNode.Parse(json) is JsonObject template
            ? new StepTemplate(template["with"] as JsonObject ?? [], (string?)template["if"])
            : null;

    public string ToJson() => new JsonObject { ["with"] = With.DeepClone(), ["if"] = If }.ToJsonString();

    /// <summary>What the component gets; null when the condition is false.</summary>
    public Result<JsonObject?> Fill(JsonObject inputs, string runId)
    {
        var parameters = new JsonObject(inputs.Where(p => p.Key.StartsWith(ParameterPrefix, StringComparison.Ordinal))
            .Select(p => KeyValuePair.Create(p.Key[ParameterPrefix.Length..], p.Value?.DeepClone())));
        var outputs = new SkippedAsNull(inputs);
        if (If is not null)
        {
            if (!Placeholders.Resolve(JsonValue.Create(If), parameters, runId, outputs).TryGet(out var value, out var problem))
            {
                return problem;
            }

            if (!Placeholders.IsTruthy(value))
            {
                return (JsonObject?)null;
            }
        }

        return Placeholders.Resolve(With, parameters, runId, outputs).Select(filled => (JsonObject?)filled);
    }

    /// <summary>A needed step without outputs was skipped: all its outputs are null. That every step named is needed was checked when the pipeline was written.</summary>
    private sealed class SkippedAsNull(JsonObject inputs) : IReadOnlyDictionary<string, JsonObject?>
    {
        public IEnumerable<string> Keys => inputs.Select(p => p.Key).Where(k => k.StartsWith(StepPrefix, StringComparison.Ordinal)).Select(k => k[StepPrefix.Length..]);

        public IEnumerable<JsonObject?> Values => Keys.Select(k => this[k]);

        public int Count => Keys.Count();

        public JsonObject? this[string key] => inputs[StepPrefix + key] as JsonObject;

        public bool ContainsKey(string key) => true;

        public bool TryGetValue(string key, out JsonObject? value)
        {
            value = this[key];
            return true;
        }

        public IEnumerator<KeyValuePair<string, JsonObject?>> GetEnumerator() => Keys.Select(k => KeyValuePair.Create(k, this[k])).GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
