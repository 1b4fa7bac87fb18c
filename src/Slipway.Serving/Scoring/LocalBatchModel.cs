using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Serving.Wire;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Serving.Models;

namespace Slipway.Serving.Scoring;

/// <summary>A model of this server, for scoring where the data is here, too.</summary>
internal sealed class LocalBatchModel(OpenedModel opened) : IBatchModel, IDisposable
{
    private ScoringModel Description => opened.Description;

    public string Reference => Description.Reference;

    public string Digest => Description.Digest;

    public IReadOnlyList<TensorSpec> Inputs => Description.Inputs;

    public string PredictionType => Description.PredictionType;

    public Task<Result<Scores>> ScoreAsync(Frame batch, CancellationToken cancellation) => Task.Run(() => ModelScorer.ScoreAsync(opened.Model, batch, cancellation), cancellation);

    public void Dispose() => opened.Model.Release();
}
