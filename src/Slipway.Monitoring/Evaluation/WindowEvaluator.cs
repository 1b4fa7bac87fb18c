using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Monitoring.Kinds;
using Slipway.Monitoring.Windows;
using Slipway.Platform.Controllers;

namespace Slipway.Monitoring.Evaluation;

/// <summary>Turns one closed feedback window into its result. Reads only; keeping the result is the caller's.</summary>
internal sealed class WindowEvaluator(IPredictionLog predictions, ReferenceFrames references, IQualityMetrics metrics, MonitorStore store)
{
    public async Task<Result<MonitorWindow>> EvaluateAsync(
        ResourceRef monitor, string uid, MonitorSpec spec, FeedbackWindow window, CancellationToken cancellation)
    {
        Frame? reference = null;
        if (spec is { DriftEnabled: true, Reference: { } wanted })
        {
            var read = await references.ReadAsync(monitor, wanted, cancellation);
            if (!read.TryGet(out reference, out var problem))
            {
                return problem;
            }

            if (wanted.PredictionColumn is { } column && !reference.Has(column))
            {
                return Problem.Invalid(
                    $"spec.reference.predictionColumn: dataset {wanted.Dataset} has no column '{column}'; name one of its columns or leave it out");
            }
        }

        var log = await predictions.ReadAsync(monitor.Namespace, spec.InferenceService, window.From, window.Until, cancellation);
        var served = ServedRows(log);
        var quality = new WindowQuality(metrics, spec.Task, spec.Metric, log);
        return new MonitorWindow(
            window.Number,
            window.From,
            window.Until,
            served.Length,
            served.Count(log.Predictions.IsMissing),
            quality.Served(),
            quality.Versions(),
            quality.Pairs(),
            reference is null ? null : WindowDrift.Of(reference, log.Inputs.Take(served), spec.Drift),
            spec.DriftEnabled ? await PredictionDriftAsync(monitor, uid, spec, reference, log, cancellation) : null);
    }

    /// <summary>Against the reference's prediction column where one is named, else against what was served in the monitor's first window.</summary>
    private async Task<DriftSummary?> PredictionDriftAsync(
        ResourceRef monitor, string uid, MonitorSpec spec, Frame? reference, LoggedPredictions log, CancellationToken cancellation)
    {
        var current = log.Predictions.Take(ServedRows(log));
        if (reference is not null && spec.Reference?.PredictionColumn is { } column)
        {
            return WindowDrift.OfPredictions(reference[column], current, spec.Drift);
        }

        if (await store.FirstAsync(monitor.Namespace, monitor.Name, uid, cancellation) is not { } first)
        {
            return null;
        }

        var baseline = await predictions.ReadAsync(monitor.Namespace, spec.InferenceService, first.From, first.Until, cancellation);
        return WindowDrift.OfPredictions(baseline.Predictions.Take(ServedRows(baseline)), current, spec.Drift);
    }

    private static int[] ServedRows(LoggedPredictions log) => [.. Enumerable.Range(0, log.Rows).Where(row => log.Served[row])];
}
