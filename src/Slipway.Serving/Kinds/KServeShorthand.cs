using System.Text.Json.Nodes;

namespace Slipway.Serving.Kinds;

/// <summary>
/// <c>predictor.sklearn: {storageUri: ...}</c>, KServe's older way to write <c>predictor.model: {modelFormat: {name: sklearn}, ...}</c>. It is stored as the
/// newer one, as KServe does, so that nothing behind the API knows two forms.
/// </summary>
internal static class KServeShorthand
{
    public static IReadOnlyList<string> Formats { get; } = ["sklearn", "xgboost", "lightgbm", "onnx", "pytorch", "tensorflow", "triton", "huggingface", "pmml", "paddle"];

    public static void Normalise(JsonObject resource)
    {
        if (resource["spec"] is not JsonObject spec)
        {
            return;
        }

        Rewrite(spec["predictor"]);
        foreach (var canary in spec["canary"] as JsonArray ?? [])
        {
            Rewrite((canary as JsonObject)?["predictor"]);
        }
    }

    private static void Rewrite(JsonNode? node)
    {
        if (node is not JsonObject predictor || Formats.Where(f => predictor[f] is JsonObject).ToArray() is not [var format])
        {
            return;
        }

        var model = predictor[format]!.AsObject();
        predictor.Remove(format);
        model["modelFormat"] = new JsonObject { ["name"] = format };
        predictor["model"] = model;
    }
}
