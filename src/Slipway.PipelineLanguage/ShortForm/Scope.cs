using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;

namespace Slipway.PipelineLanguage.ShortForm;

/// <summary>What the steps of a pipeline can see of one another.</summary>
internal sealed class Scope
{
    private const string Metrics = "metrics";

    private readonly ShortPipeline _pipeline;

    // Components of the server do not declare what they answer: an output is what somebody refers to.
    private readonly Dictionary<string, OrderedDictionary<string, ShortOutput>> _outputs = new(StringComparer.Ordinal);

    /// <param name="pipeline">The pipeline.</param>
    /// <param name="componentOutputs">The outputs of a step that runs a compiled component; null for other steps.</param>
    public Scope(ShortPipeline pipeline, Func<ShortStep, ComponentOutputs?> componentOutputs)
    {
        _pipeline = pipeline;
        foreach (var step in pipeline.Steps.Values)
        {
            var outputs = new OrderedDictionary<string, ShortOutput>(StringComparer.Ordinal);
            foreach (var (name, output) in step.Out)
            {
                outputs[name] = output;
            }

            if (step.Metrics is not null)
            {
                outputs[Metrics] = new ShortOutput(null, ArtifactType.Of("system.Metrics"));
            }

            foreach (var (name, output) in componentOutputs(step)?.Parameters ?? new Dictionary<string, OutputParameter>())
            {
                outputs[name] = new ShortOutput(output.Type, null);
            }

            foreach (var (name, output) in componentOutputs(step)?.Artifacts ?? new Dictionary<string, OutputArtifact>())
            {
                outputs[name] = new ShortOutput(null, output.Type);
            }

            _outputs[step.Name] = outputs;
        }

        foreach (var reference in pipeline.Steps.Values.SelectMany(TextsOf).SelectMany(ReferencesIn).Concat(pipeline.Outputs.Values.SelectMany(ReferencesIn)))
        {
            if (_pipeline.Steps.TryGetValue(reference.Step, out var step) && step is { Uses: not null, Out.Count: 0 })
            {
                _outputs[reference.Step].TryAdd(reference.Key, new ShortOutput(ParameterType.Unspecified, null));
            }
        }
    }

    /// <summary><c>prepare.data</c>: short for an output of a step, when there are such a step and output.</summary>
    public ShortReference? Short(string text) =>
        ShortReferences.Parse(text) is { } reference and (ShortReference.Parameter or ShortReference.StepOutput or ShortReference.Matrix) ? reference
        : text.Split('.') is [var step, var output] && _outputs.TryGetValue(step, out var outputs) && outputs.ContainsKey(output) ? new ShortReference.StepOutput(step, output)
        : null;

    public ShortOutput? OutputOf(ShortReference.StepOutput reference, string at, Action<string, string> fault)
    {
        if (!_outputs.TryGetValue(reference.Step, out var outputs))
        {
            fault(at, $"there is no step '{reference.Step}'; there is: {string.Join(", ", _pipeline.Steps.Keys)}");
            return null;
        }

        if (!outputs.TryGetValue(reference.Key, out var output))
        {
            fault(at, $"step '{reference.Step}' has no output '{reference.Key}'; {(outputs.Count == 0 ? "it has none" : $"it has: {string.Join(", ", outputs.Keys)}")}");
            return null;
        }

        return output;
    }

    public bool IsArtifact(ShortReference reference) =>
        reference is ShortReference.StepOutput output && _outputs.GetValueOrDefault(output.Step)?.GetValueOrDefault(output.Key)?.Artifact is not null;

    public ComponentOutputs OutputsOf(ShortStep step)
    {
        var parameters = new OrderedDictionary<string, OutputParameter>(StringComparer.Ordinal);
        var artifacts = new OrderedDictionary<string, OutputArtifact>(StringComparer.Ordinal);
        foreach (var (name, output) in _outputs[step.Name])
        {
            if (output.Artifact is { } artifact)
            {
                artifacts[name] = new OutputArtifact(artifact);
            }
            else
            {
                parameters[name] = new OutputParameter(output.Parameter ?? ParameterType.Unspecified);
            }
        }

        return new ComponentOutputs { Parameters = parameters, Artifacts = artifacts };
    }

    private static IEnumerable<string> TextsOf(ShortStep step) =>
        step.In.Values.Concat(step.Matrix.Values).SelectMany(Texts).Concat(step.Argv ?? []).Concat(step.Env.Values).Append(step.Run ?? "").Append(step.If ?? "");

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => Texts(p.Value)),
        JsonArray list => list.SelectMany(Texts),
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };

    private static IEnumerable<ShortReference.StepOutput> ReferencesIn(string text)
    {
        var found = ShortReferences.In(text).Select(r => r.Reference).OfType<ShortReference.StepOutput>().ToList();
        // In a condition and as a whole input they may stand without braces.
        ShortReferences.ReplaceInExpression(text, reference =>
        {
            if (reference is ShortReference.StepOutput output)
            {
                found.Add(output);
            }

            return "";
        });
        return found;
    }
}
