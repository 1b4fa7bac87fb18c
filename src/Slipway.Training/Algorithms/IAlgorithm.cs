using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Problems;
using Slipway.Training.Domain.Parameters;

namespace Slipway.Training.Algorithms;

/// <summary>A built-in algorithm by name. Holds no state.</summary>
internal interface IAlgorithm
{
    string Name { get; }

    /// <summary>Trains and exports; the parameters as used stay in <paramref name="parameters"/>.</summary>
    Result<TrainedModel> Train(TrainingRequest request, ParameterReader parameters, int threads, CancellationToken cancellation);
}

/// <summary>An exported model and what it was made of.</summary>
internal sealed record TrainedModel(byte[] Onnx, IReadOnlyList<string> Classes, int Rows);
