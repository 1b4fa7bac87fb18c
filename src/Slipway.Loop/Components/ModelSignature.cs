using System.Text.Json.Nodes;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Loop.Domain;

namespace Slipway.Loop.Components;

/// <summary>Inputs and outputs of the models that <see cref="ITrainer"/> exports: one input per feature, then what its task answers.</summary>
internal static class ModelSignature
{
    public static JsonObject Of(Subject subject, Frame table, int classes) => new()
    {
        ["inputs"] = new JsonArray([.. subject.Features.Select(f => Tensor(f, table[f] is TextColumn ? "BYTES" : "FP32", -1, 1))]),
        ["outputs"] = subject.Task == LearningTask.Regression
            ? new JsonArray(Tensor("prediction", "FP32", -1, 1))
            : new JsonArray(Tensor("label", "BYTES", -1), Tensor("probabilities", "FP32", -1, classes)),
    };

    public static IReadOnlyList<TensorSpec> Read(JsonObject training, string side) =>
        [.. (training["signature"]?[side] as JsonArray ?? []).Select(t => new TensorSpec(
            (string)t!["name"]!, (string)t["datatype"]!, [.. t["shape"]!.AsArray().Select(d => (long)d!)]))];

    private static JsonNode Tensor(string name, string datatype, params ReadOnlySpan<long> shape)
    {
        var dimensions = new JsonArray();
        foreach (var dimension in shape)
        {
            dimensions.Add(dimension);
        }

        return new JsonObject { ["name"] = name, ["datatype"] = datatype, ["shape"] = dimensions };
    }
}
