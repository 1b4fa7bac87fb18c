using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Kinds;

/// <summary>
/// What the schema cannot say. A KServe field that this server does not act on is refused by name: a canary, a limit or a sink that is silently
/// ignored costs its user an outage (kserve#5335).
/// </summary>
internal static class InferenceServiceRules
{
    /// <summary>They set up processes of their own, which a model inside the server does not have.</summary>
    private static readonly string[] OfWorkers = ["model.env", "model.args", "model.resources"];

    public static IReadOnlyList<Fault> Check(JsonObject resource)
    {
        var faults = new List<Fault>();
        var spec = resource["spec"];
        CheckPredictor(At(spec, "predictor"), "spec.predictor", faults);
        var canaries = At(spec, "canary") as JsonArray ?? [];
        for (var i = 0; i < canaries.Count; i++)
        {
            CheckPredictor(At(canaries[i], "predictor"), $"spec.canary[{i}].predictor", faults);
            foreach (var field in new[] { "minReplicas", "maxReplicas", "scaleTarget", "scaleMetric", "canaryTrafficPercent", "logger" })
            {
                if (At(canaries[i], "predictor." + field) is not null)
                {
                    faults.Add(new Fault($"spec.canary[{i}].predictor.{field}", "is not allowed on a canary; remove it"));
                }
            }
        }

        foreach (var role in new[] { CodeSpec.Transformer, CodeSpec.Explainer }.Where(r => CodeSpec.IsGiven(At(spec, r))))
        {
            CheckModel(At(spec, role), $"spec.{role}", faults);
        }

        KServeCures.CheckTransformer(At(spec, "transformer"), faults);
        if (At(spec, "predictor.model") is null || canaries.Any(c => At(c, "predictor.model") is null))
        {
            return faults;
        }

        if (ServiceSpec.Read(resource).Problem is { } problem)
        {
            faults.AddRange(problem.Faults);
        }

        return faults;
    }

    private static void CheckPredictor(JsonNode? predictor, string path, List<Fault> faults)
    {
        var before = faults.Count;
        KServeCures.CheckPredictor(predictor, path, faults);
        if (At(predictor, "model") is not null)
        {
            CheckModel(predictor, path, faults);
        }
        else if (faults.Count == before)
        {
            faults.Add(new Fault($"{path}.model", "Required value: the model's modelFormat and storageUri"));
        }
    }

    private static void CheckModel(JsonNode? predictor, string path, List<Fault> faults)
    {
        KServeCures.CheckModel(predictor, path, faults);
        var format = At(predictor, "model.modelFormat.name")?.ToString() ?? "";
        var needsWorker = ModelFormats.NeedsWorker(format);
        foreach (var field in OfWorkers.Where(f => !needsWorker && At(predictor, f) is not null))
        {
            faults.Add(new Fault($"{path}.{field}", "is not supported: only models in worker processes have it; remove it"));
        }

        MustBe(predictor, path, "model.runtime", needsWorker ? "slipway-python" : format == ModelFormats.Remote ? "slipway-remote" : "slipway-onnx", faults);
    }

    private static void MustBe(JsonNode? predictor, string path, string field, string supported, List<Fault> faults)
    {
        if (At(predictor, field) is JsonValue value && value.TryGetValue<string>(out var text) && text != supported)
        {
            faults.Add(new Fault($"{path}.{field}", $"'{text}' is not supported yet; use '{supported}' or, where it is optional, leave it out"));
        }
    }

    private static JsonNode? At(JsonNode? node, string path) => ServiceSpec.At(node, path.Split('.'));
}
