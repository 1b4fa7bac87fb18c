using System.Globalization;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Serving.Explanations.Domain;
using Slipway.Serving.Explanations.Rows;

namespace Slipway.Serving.Explanations.Methods;

/// <summary>
/// Permutation importance (Breiman, 2001): how much worse a metric becomes on rows whose truth is known when a feature's values are dealt out anew. Of the
/// model as a whole, not of a row.
/// </summary>
internal static class PermutationMethod
{
    /// <param name="Importances">In the order of the players.</param>
    public sealed record Outcome(string Metric, double Baseline, int Rows, int Repeats, IReadOnlyList<Importance> Importances);

    /// <param name="truth">One per row: a number, or a label.</param>
    public static async Task<Result<Outcome>> RunAsync(
        ModelFunction model, FeatureRows rows, IReadOnlyList<(double? Number, string? Text)> truth, Players players, IQualityMetrics metrics, string? asked, int repeats,
        long seed, CancellationToken cancellation)
    {
        if (!(await model.RunAsync(rows, rows.Count, cancellation)).TryGet(out var answers, out var problem))
        {
            return problem;
        }

        var task = answers.Probabilities is null && answers.Numbers is not null ? LearningTask.Regression
            : answers.Classes.Count > 2 ? LearningTask.Multiclass
            : LearningTask.Binary;
        var metric = asked ?? metrics.For(task)[0];
        if (!metrics.For(task).Contains(metric))
        {
            return Problem.Invalid($"metric: '{metric}' is not one of {string.Join(", ", metrics.For(task))}");
        }

        Column known = task == LearningTask.Regression
            ? new NumericColumn("label", [.. truth.Select(t => t.Number ?? double.NaN)])
            : new TextColumn("label", [.. truth.Select(t => t.Text ?? t.Number?.ToString("R", CultureInfo.InvariantCulture))]);
        if (Measure(answers) is not { } baseline)
        {
            return Problem.Invalid($"metric: '{metric}' is not defined on these {rows.Count} rows; take another metric, or more rows");
        }

        var (importances, mixed) = (new List<Importance>(), rows.Take([.. Enumerable.Range(0, rows.Count)]));
        for (var player = 0; player < players.Count; player++)
        {
            var measured = new List<double>();
            for (var repeat = 0; repeat < repeats; repeat++)
            {
                // A generator per feature and repeat: leaving a feature out does not change what the others get.
                var order = Enumerable.Range(0, rows.Count).ToArray();
                new SplitMix64((ulong)seed + ((ulong)player << 32) + (ulong)repeat).Shuffle(order, order.Length);
                foreach (var column in players.Columns[player])
                {
                    for (var row = 0; row < rows.Count; row++)
                    {
                        mixed.CopyValue(row, column, rows, order[row]);
                    }
                }

                if (!(await model.RunAsync(mixed, rows.Count, cancellation)).TryGet(out answers, out problem))
                {
                    return problem;
                }

                measured.Add(Measure(answers) ?? baseline);
            }

            importances.Add(Importance.Of(baseline, measured, metrics.HigherIsBetter(metric)));
            for (var row = 0; row < rows.Count; row++)
            {
                mixed.CopyRow(row, rows, row);
            }
        }

        return new Outcome(metric, baseline, rows.Count, repeats, importances);

        double? Measure(ModelAnswers made)
        {
            Column predictions = task == LearningTask.Regression
                ? new NumericColumn("prediction", [.. made.Numbers!.Select(n => n[0])])
                : new TextColumn("prediction", [.. Enumerable.Range(0, made.Predictions.Length).Select(made.Label)]);
            return metrics.Compute(metric, known, predictions, made.Probabilities, made.Classes);
        }
    }
}
