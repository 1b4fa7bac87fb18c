using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Problems;
using Slipway.Training.Domain.Parameters;

namespace Slipway.Training.Algorithms;

/// <summary>Runs the built-in algorithms on the thread pool, off the caller's thread.</summary>
internal sealed class Trainer(IEnumerable<IAlgorithm> algorithms, TrainingOptions options, TimeProvider time) : ITrainer
{
    private readonly SortedDictionary<string, IAlgorithm> _algorithms = new(
        algorithms.ToDictionary(a => a.Name, StringComparer.Ordinal), StringComparer.Ordinal);

    public IReadOnlyList<string> Algorithms => [.. _algorithms.Keys];

    public Task<Result<TrainingOutcome>> TrainAsync(TrainingRequest request, CancellationToken cancellation) =>
        Task.Run(() => Train(request, cancellation), cancellation);

    private Result<TrainingOutcome> Train(TrainingRequest request, CancellationToken cancellation)
    {
        if (!_algorithms.TryGetValue(request.Algorithm, out var algorithm))
        {
            return Problem.Invalid([new Fault("algorithm", $"'{request.Algorithm}' is not built in; there are: {string.Join(", ", Algorithms)}")]);
        }

        var start = time.GetTimestamp();
        var parameters = new ParameterReader(request.Parameters);
        return algorithm.Train(request, parameters, options.Threads, cancellation).Select(model =>
            new TrainingOutcome(model.Onnx, parameters.Used, model.Classes, model.Rows, time.GetElapsedTime(start)));
    }
}
