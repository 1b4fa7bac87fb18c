using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;

namespace Slipway.Loop.Components;

/// <summary>
/// <c>slipway/evaluate</c>: the challenger, the champion and up to five former champions on the same held-out rows, compared row by row with the champion.
/// Output <c>evaluation</c>: rows, champion, contenders with loss and difference, metrics of the challenger.
/// </summary>
internal sealed class Evaluate(IDatasets datasets, IModelScorer scorer, IQualityMetrics metrics, IModelRegistry registry) : IPipelineComponent
{
    /// <summary>Old concepts return; older ones than this have not been seen to.</summary>
    private const int FormerChampions = 5;

    public string Name => "slipway/evaluate";

    public async Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation)
    {
        if (!ComponentInputs.Subject(context.Inputs).TryGet(out var subject, out var problem)
            || !ComponentInputs.Instant(context.Inputs, "holdoutFrom").TryGet(out var holdoutFrom, out problem)
            || !(await ComponentInputs.TableAsync(datasets, context.Namespace, subject, context.Inputs, cancellation)).TryGet(out var table, out problem))
        {
            return problem;
        }

        if (holdoutFrom is null || ComponentInputs.Text(context.Inputs, "challenger") is not { } challenger)
        {
            return Problem.Invalid("holdoutFrom, challenger: are required");
        }

        var heldOut = table.Data.Slice(((TimeColumn)table.Data[subject.Time]).FirstAtOrAfter(holdoutFrom.Value), table.Data.Rows);
        if (!(await ScoreAsync(subject, challenger, heldOut, cancellation)).TryGet(out var own, out problem))
        {
            return problem;
        }

        var evaluation = new JsonObject
        {
            ["rows"] = heldOut.Rows,
            ["metrics"] = MetricsOf(subject, heldOut, own.Scores),
        };
        var champion = await registry.GetAliasAsync(context.Namespace, subject.Model, "champion", cancellation);
        if (champion?.Version is not { } reigning)
        {
            evaluation["contenders"] = new JsonArray(Contender(null, own.Losses, own.Losses));
            return new JsonObject { ["evaluation"] = evaluation };
        }

        var versions = await FormerAsync(context.Namespace, subject, reigning, cancellation);
        var contenders = new JsonArray();
        if (!(await LossesOfAsync(context.Namespace, subject, reigning, heldOut, cancellation)).TryGet(out var championLosses, out problem))
        {
            return problem;
        }

        evaluation["champion"] = reigning;
        evaluation["championLoss"] = championLosses.Average();
        contenders.Add(Contender(null, own.Losses, championLosses));
        foreach (var version in versions)
        {
            if ((await LossesOfAsync(context.Namespace, subject, version, heldOut, cancellation)).TryGet(out var losses, out problem))
            {
                contenders.Add(Contender(version, losses, championLosses));
            }
            else
            {
                context.Log($"version {version} could not be compared: {problem.Message}");
            }
        }

        evaluation["contenders"] = contenders;
        return new JsonObject { ["evaluation"] = evaluation };
    }

    private async Task<List<int>> FormerAsync(string ns, Subject subject, int reigning, CancellationToken cancellation)
    {
        var history = await registry.AliasHistoryAsync(ns, subject.Model, cancellation);
        return [.. history
            .Where(a => a.Alias == "champion" && a.Version is { } version && version != reigning)
            .Select(a => a.Version!.Value)
            .Reverse()
            .Distinct()
            .Take(FormerChampions)];
    }

    private async Task<Result<double[]>> LossesOfAsync(string ns, Subject subject, int version, Frame heldOut, CancellationToken cancellation)
    {
        if (!(await registry.GetVersionAsync(ns, subject.Model, version, cancellation)).TryGet(out var found, out var problem)
            || !(await ScoreAsync(subject, found.ArtifactDigest, heldOut, cancellation)).TryGet(out var scored, out problem))
        {
            return problem;
        }

        return scored.Losses;
    }

    private async Task<Result<(Scores Scores, double[] Losses)>> ScoreAsync(Subject subject, string artifact, Frame heldOut, CancellationToken cancellation)
    {
        var scored = await scorer.ScoreAsync(artifact, heldOut.Select(subject.Features), cancellation);
        return scored.TryGet(out var scores, out var problem)
            ? (scores, metrics.RowLosses(subject.Metric, heldOut[subject.Target], scores.Predictions, scores.Probabilities, scores.Classes))
            : problem;
    }

    private JsonObject MetricsOf(Subject subject, Frame heldOut, Scores scores)
    {
        var values = new JsonObject();
        foreach (var metric in metrics.For(subject.Task))
        {
            if (metrics.Compute(metric, heldOut[subject.Target], scores.Predictions, scores.Probabilities, scores.Classes) is { } value && double.IsFinite(value))
            {
                values[metric] = value;
            }
        }

        return values;
    }

    private static JsonObject Contender(int? version, double[] losses, double[] champion)
    {
        double[] differences = [.. losses.Zip(champion, (own, other) => own - other)];
        var mean = differences.Average();
        return new JsonObject
        {
            ["version"] = version,
            ["loss"] = losses.Average(),
            ["difference"] = mean,
            ["variance"] = differences.Length > 1 ? differences.Sum(d => (d - mean) * (d - mean)) / (differences.Length - 1) : 0,
        };
    }
}
