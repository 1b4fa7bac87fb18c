using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;

namespace Slipway.Serving.Domain;

/// <summary>What a predictor says of its model beside where it is.</summary>
/// <param name="Format">One of <see cref="ModelFormats.All"/>.</param>
internal sealed record ModelSpec(string Format, WorkerSpec Worker)
{
    public static ModelSpec Onnx { get; } = new(ModelFormats.Onnx, WorkerSpec.None);

    public static ModelSpec Read(JsonNode? predictor, JsonNode? annotations, string path, List<Fault> faults)
    {
        var format = ServiceSpec.At(predictor, "model", "modelFormat", "name")?.ToString() ?? ModelFormats.Onnx;
        if (!ModelFormats.All.Contains(format))
        {
            faults.Add(new Fault($"{path}.model.modelFormat.name", $"'{format}' is not supported; use one of {string.Join(", ", ModelFormats.All)}"));
        }

        return format == ModelFormats.Onnx ? Onnx : new ModelSpec(format, WorkerSpec.Read(predictor, annotations, path, faults));
    }
}
