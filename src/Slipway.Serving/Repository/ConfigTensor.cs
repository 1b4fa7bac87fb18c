using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Inference;

namespace Slipway.Serving.Repository;

/// <summary>An input or output as a model configuration declares it.</summary>
/// <param name="Type">Triton's name of the type; null when it is left out.</param>
/// <param name="Dims">Of one row where the configuration has a batch size; null when they are left out.</param>
internal sealed record ConfigTensor(string Path, string Name, string? Type, IReadOnlyList<long>? Dims)
{
    /// <summary>Adds a fault for each difference from what the model itself declares.</summary>
    public void Compare(IReadOnlyList<OnnxTensorSpec> declared, bool batching, List<Fault> faults)
    {
        if (declared.FirstOrDefault(d => d.Name == Name) is not { } spec)
        {
            faults.Add(new Fault(Path, $"the model has no '{Name}'; it has {string.Join(", ", declared.Select(d => d.Name))}"));
            return;
        }

        if (Type is not null && Type != ModelConfig.TypeOf(spec.Type))
        {
            faults.Add(new Fault($"{Path}.data_type", $"is {Type}, '{Name}' of the model is {ModelConfig.TypeOf(spec.Type)}"));
        }

        long[] own = [.. ModelConfig.DimsOf(spec, batching)];
        if (Dims is not null && !spec.AnyRank && (Dims.Count != own.Length || Dims.Zip(own).Any(d => d.First >= 0 && d.Second >= 0 && d.First != d.Second)))
        {
            faults.Add(new Fault(
                $"{Path}.dims", $"is [{string.Join(", ", Dims)}], '{Name}' of the model has [{string.Join(", ", own)}]{(batching ? " beside the rows of a batch" : "")}"));
        }
    }
}
