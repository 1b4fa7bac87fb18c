using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;
using Slipway.Loop.Progress;
using Slipway.Platform.Objects;

namespace Slipway.Loop.Reports;

/// <summary>
/// What a window of the report says: the first model left alone (static), what callers really got (loop), and a model trained by hand at the window's
/// start on everything known by then (oracle). The last two are for comparison only: they are neither registered nor served.
/// </summary>
internal sealed class WindowReport(
    IPredictionLog predictions, IModelRegistry registry, IModelScorer scorer, ITrainer trainer, IQualityMetrics metrics, IObjectStore objects)
{
    public async Task<Result<WindowResult>> MakeAsync(LoopData data, int position, CancellationToken cancellation)
    {
        var window = data.Plan.Windows[position];
        var first = await registry.GetVersionAsync(data.Namespace, data.Name, 1, cancellation);
        if (!first.TryGet(out var original, out var problem)
            || !(await ScoreAsync(data, window, original.ArtifactDigest, cancellation)).TryGet(out var alone, out problem)
            || !(await OracleAsync(data, window, cancellation)).TryGet(out var oracle, out problem))
        {
            return problem;
        }

        var champion = await registry.GetAliasAsync(data.Namespace, data.Name, "champion", cancellation);
        var live = await LiveAsync(data, window, cancellation);
        return new WindowResult(data.Loop.Uid, position, window.Label, window.Rows, alone, live, oracle, champion?.Version ?? 0);
    }

    private async Task<double?> LiveAsync(LoopData data, Stretch window, CancellationToken cancellation)
    {
        var logged = await predictions.ReadAsync(data.Namespace, data.Name, window.From, window.Until, cancellation);
        int[] rows = [.. Enumerable.Range(0, logged.Rows).Where(i => logged.Served[i] && !logged.Labels.IsMissing(i))];
        return rows.Length == 0
            ? null
            : metrics.Compute(
                data.Spec.Metric, logged.Labels.Take(rows), logged.Predictions.Take(rows),
                logged.Probabilities is { } all ? Array.ConvertAll(rows, r => all[r]) : null, logged.Classes);
    }

    private async Task<Result<double?>> OracleAsync(LoopData data, Stretch window, CancellationToken cancellation)
    {
        int[] rows = [.. Enumerable.Range(data.Plan.Training.FirstRow, window.FirstRow - data.Plan.Training.FirstRow).Where(i => !data.Target.IsMissing(i))];
        var request = new TrainingRequest(
            data.Features.Take(rows), data.Target.Take(rows), data.Spec.Task, data.Subject.Algorithm, new Dictionary<string, string>(), data.Subject.Seed);
        if (!(await trainer.TrainAsync(request, cancellation)).TryGet(out var outcome, out var problem)
            || !(await objects.PutBytesAsync(outcome.Onnx, cancellation)).TryGet(out var stored, out problem))
        {
            return problem;
        }

        return await ScoreAsync(data, window, stored.Sha256, cancellation);
    }

    private async Task<Result<double?>> ScoreAsync(LoopData data, Stretch window, string artifact, CancellationToken cancellation)
    {
        int[] rows = [.. Enumerable.Range(window.FirstRow, window.Rows).Where(i => !data.Target.IsMissing(i))];
        if (rows.Length == 0)
        {
            return (double?)null;
        }

        var scored = await scorer.ScoreAsync(artifact, data.Features.Take(rows), cancellation);
        return scored.TryGet(out var scores, out var problem)
            ? metrics.Compute(data.Spec.Metric, data.Target.Take(rows), scores.Predictions, scores.Probabilities, scores.Classes)
            : problem;
    }
}
