using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Serving.Models;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Scoring;

/// <summary>Scores frames in batches, off the serving path.</summary>
internal sealed class ModelScorer(ModelCache models) : IModelScorer
{
    /// <summary>Beyond some thousand rows a batch gains nothing and only holds more memory; between batches a cancellation is seen.</summary>
    private const int BatchRows = 4096;

    public async Task<Result<Scores>> ScoreAsync(string artifactDigest, Frame features, CancellationToken cancellation)
    {
        if (!(await models.AcquireAsync(artifactDigest, cancellation)).TryGet(out var model, out var problem))
        {
            return problem;
        }

        try
        {
            return await Task.Run(() => ScoreAsync(model, features, cancellation), cancellation);
        }
        finally
        {
            model.Release();
        }
    }

    internal static async Task<Result<Scores>> ScoreAsync(SharedModel shared, Frame features, CancellationToken cancellation)
    {
        var (model, roles) = (shared.Model, shared.Roles);
        if (ScoringInputs.Check(model.Inputs, features) is { } mismatch)
        {
            return mismatch;
        }

        var collected = new CollectedScores(roles, features.Rows);
        for (var from = 0; from < features.Rows; from += BatchRows)
        {
            cancellation.ThrowIfCancellationRequested();
            var until = Math.Min(features.Rows, from + BatchRows);
            using var request = ScoringInputs.Take(model.Inputs, features, from, until);
            if (!(await model.RunAsync(request, default, cancellation)).TryGet(out var outputs, out var problem))
            {
                return problem;
            }

            using (outputs)
            {
                if (collected.Add(outputs, from, until - from) is { } odd)
                {
                    return odd;
                }
            }
        }

        return collected.ToScores();
    }
}
