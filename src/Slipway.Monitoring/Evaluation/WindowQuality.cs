using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Monitoring.Domain.Quality;

namespace Slipway.Monitoring.Evaluation;

/// <summary>How the served answers and each model version did in one window, over the rows whose labels are in.</summary>
internal sealed class WindowQuality(IQualityMetrics metrics, LearningTask task, string metric, LoggedPredictions log)
{
    /// <summary>Metrics that need class probabilities, which a model may not give.</summary>
    private static readonly string[] NeedProbabilities = ["auc", "logloss"];

    private readonly double[] _losses = Losses(metrics, task, metric, log);

    /// <summary>The answers that callers got, as version 0; null when none of them has a label.</summary>
    public VersionQuality? Served() => Of(0, RowsWhere(row => log.Served[row])) is { Labelled: > 0 } served ? served : null;

    /// <summary>Every version that predicted, served or mirrored, in ascending order.</summary>
    public IReadOnlyList<VersionQuality> Versions() =>
        [.. log.ModelVersions.Distinct().Order().Select(v => Of(v, RowsWhere(row => log.ModelVersions[row] == v)))];

    /// <summary>Every ordered pair of versions that share labelled rows, told by the prediction's id.</summary>
    public IReadOnlyList<PairedComparison> Pairs()
    {
        var byVersion = log.ModelVersions.Distinct().Order().Select(v => (Version: v, Losses: LossById(v))).ToList();
        var pairs = new List<PairedComparison>();
        foreach (var (version, losses) in byVersion)
        {
            foreach (var (against, others) in byVersion.Where(o => o.Version != version))
            {
                var moments = LossMoments.Of(losses.Where(l => others.ContainsKey(l.Key)).Select(l => l.Value - others[l.Key]));
                if (moments.Count > 0)
                {
                    pairs.Add(new PairedComparison(version, against, moments.Count, moments.Mean, moments.Variance));
                }
            }
        }

        return pairs;
    }

    private Dictionary<string, double> LossById(int version)
    {
        var losses = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var row = 0; row < log.Rows; row++)
        {
            if (log.ModelVersions[row] == version && double.IsFinite(_losses[row]))
            {
                losses[log.Ids[row]] = _losses[row];
            }
        }

        return losses;
    }

    private VersionQuality Of(int version, int[] rows)
    {
        var labelled = Array.FindAll(rows, row => double.IsFinite(_losses[row]));
        var moments = LossMoments.Of(labelled.Select(row => _losses[row]));
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        if (labelled.Length > 0)
        {
            var (truth, predictions) = (log.Labels.Take(labelled), log.Predictions.Take(labelled));
            var probabilities = log.Probabilities is { } all ? Array.ConvertAll(labelled, row => all[row]) : null;
            foreach (var name in metrics.For(task).Where(n => probabilities is not null || !NeedProbabilities.Contains(n)))
            {
                if (metrics.Compute(name, truth, predictions, probabilities, log.Classes) is { } value)
                {
                    values[name] = value;
                }
            }
        }

        return new VersionQuality(version, rows.Length, moments.Count, values, moments.Mean, moments.Variance);
    }

    private int[] RowsWhere(Func<int, bool> condition) => [.. Enumerable.Range(0, log.Rows).Where(condition)];

    /// <summary>NaN for rows without a label or an answer. Without probabilities a loss that needs them falls back to the 0/1 error.</summary>
    private static double[] Losses(IQualityMetrics metrics, LearningTask task, string metric, LoggedPredictions log)
    {
        var losses = new double[log.Rows];
        Array.Fill(losses, double.NaN);
        if (task == LearningTask.Regression && (log.Predictions is not NumericColumn || log.Labels is not NumericColumn))
        {
            return losses;
        }

        int[] usable = [.. Enumerable.Range(0, log.Rows).Where(row => !log.Predictions.IsMissing(row) && !log.Labels.IsMissing(row))];
        var probabilities = log.Probabilities is { } all ? Array.ConvertAll(usable, row => all[row]) : null;
        var used = probabilities is null && NeedProbabilities.Contains(metric) ? "accuracy" : metric;
        var found = metrics.RowLosses(used, log.Labels.Take(usable), log.Predictions.Take(usable), probabilities, log.Classes);
        for (var i = 0; i < usable.Length; i++)
        {
            losses[usable[i]] = found[i];
        }

        return losses;
    }
}
