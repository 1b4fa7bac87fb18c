using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>
/// <c>spec.explainer</c>: which built-in method answers <c>:explain</c>, and how. Written like KServe's <c>art: {type, config}</c>, under our own name:
/// <c>explainer: {slipway: {type: kernel, config: {samples: 4096}}}</c>. A class of the user's own is a <see cref="CodeSpec"/>. What KServe would run as a
/// container is refused by name.
/// </summary>
internal static class ExplainerSpec
{
    private const string Cure =
        "explanations are built in; write explainer: {slipway: {type: auto}}, leave explainer out for the defaults, or give a class of your own: {model: {modelFormat: {name: python}, storageUri: ...}}";

    /// <summary>What stands beside a class of the user's own.</summary>
    private static readonly string[] OfCode = ["model", "annotations", "labels", "minReplicas", "maxReplicas", "scaleTarget", "scaleMetric", "timeout"];

    /// <summary>The settings, the defaults when nothing is said.</summary>
    public static ExplainSettings Read(JsonNode? explainer, List<Fault> faults)
    {
        var settings = new ExplainSettings();
        if (explainer is null)
        {
            return settings;
        }

        if (explainer is not JsonObject members || members.Count == 0)
        {
            faults.Add(new Fault("spec.explainer", "must be an object; " + Cure));
            return settings;
        }

        foreach (var (name, value) in members)
        {
            if (CodeSpec.IsGiven(explainer) && OfCode.Contains(name))
            {
                continue;
            }

            if (name != "slipway" || CodeSpec.IsGiven(explainer))
            {
                faults.Add(new Fault($"spec.explainer.{name}", "is not supported: " + Cure));
                continue;
            }

            settings = ReadOwn(value, settings, faults);
        }

        return settings;
    }

    private static ExplainSettings ReadOwn(JsonNode? own, ExplainSettings settings, List<Fault> faults)
    {
        const string Path = "spec.explainer.slipway";
        foreach (var (name, value) in own as JsonObject ?? [])
        {
            switch (name)
            {
                case "type":
                    if (ExplainSettings.TryMethod(value is JsonValue text && text.TryGetValue<string>(out var type) ? type : null, out var method))
                    {
                        settings = settings with { Method = method };
                    }
                    else
                    {
                        faults.Add(new Fault($"{Path}.type", $"must be one of {ExplainSettings.MethodNames}"));
                    }

                    break;
                case "config" when value is JsonObject:
                    using (var document = JsonDocument.Parse(value.ToJsonString()))
                    {
                        // The document's memory goes; rows that it holds must not.
                        settings = settings.With(document.RootElement.Clone(), $"{Path}.config", faults);
                    }

                    break;
                default:
                    faults.Add(new Fault($"{Path}.{name}", "is not a field; there are type and config (an object)"));
                    break;
            }
        }

        if (own is not JsonObject)
        {
            faults.Add(new Fault(Path, "must be an object with type and config"));
        }

        return settings;
    }
}
