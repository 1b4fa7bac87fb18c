using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;
using Slipway.Platform.Objects;

namespace Slipway.Loop.Components;

/// <summary>
/// <c>slipway/train</c>: tries the candidate windows without the held-out rows, picks the one that would have served those best, and fits it again on the
/// window that ends now. The first model of a loop has its window given and tries nothing. Outputs <c>training</c> (artifact, algorithm, parameters,
/// window, metrics, candidates) and <c>comparable</c>, the artifact that has not seen the held-out rows.
/// </summary>
internal sealed class Train(IDatasets datasets, ITrainer trainer, IModelScorer scorer, IQualityMetrics metrics, IObjectStore objects) : IPipelineComponent
{
    public string Name => "slipway/train";

    public async Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation)
    {
        if (!ComponentInputs.Subject(context.Inputs).TryGet(out var subject, out var problem)
            || !ComponentInputs.Instant(context.Inputs, "holdoutFrom").TryGet(out var holdoutFrom, out problem)
            || !(await ComponentInputs.TableAsync(datasets, context.Namespace, subject, context.Inputs, cancellation)).TryGet(out var table, out problem))
        {
            return problem;
        }

        if (holdoutFrom is null)
        {
            return Problem.Invalid("holdoutFrom: is required");
        }

        var data = table.Data;
        var firstHeldOut = ((TimeColumn)data[subject.Time]).FirstAtOrAfter(holdoutFrom.Value);
        var firstRows = subject.TrainEndRow - subject.TrainFromRow;
        IReadOnlyList<Candidate> candidates = data.Rows <= firstRows
            ? [new Candidate(subject.Algorithm, int.MaxValue, "first window")]
            : CandidateWindows.For(subject.Algorithm, firstRows, firstHeldOut);
        var tried = new List<(Candidate Candidate, double Loss)>();
        var artifacts = new List<string>();
        var report = new JsonArray();
        foreach (var candidate in candidates)
        {
            if (!(await TryAsync(subject, data, candidate, firstHeldOut, cancellation)).TryGet(out var outcome, out problem))
            {
                return problem;
            }

            tried.Add((candidate, outcome.Loss));
            artifacts.Add(outcome.Artifact);
            report.Add(new JsonObject
            {
                ["algorithm"] = candidate.Algorithm, ["window"] = candidate.Label, ["rows"] = Math.Min(candidate.Rows, firstHeldOut),
                ["loss"] = double.IsFinite(outcome.Loss) ? outcome.Loss : null,
            });
            context.Log($"{candidate.Algorithm} on {candidate.Label}: holdout loss {outcome.Loss:G5}");
        }

        var chosen = CandidateWindows.Choose(tried);
        return await FinishAsync(subject, data, tried[chosen].Candidate, artifacts[chosen], report, cancellation);
    }

    private async Task<Result<(string Artifact, double Loss)>> TryAsync(
        Subject subject, Frame data, Candidate candidate, int firstHeldOut, CancellationToken cancellation)
    {
        var from = Math.Max(0, firstHeldOut - Math.Min(candidate.Rows, firstHeldOut));
        if (!(await FitAsync(subject, data.Slice(from, firstHeldOut), candidate.Algorithm, cancellation)).TryGet(out var outcome, out var problem)
            || !(await objects.PutBytesAsync(outcome.Onnx, cancellation)).TryGet(out var stored, out problem))
        {
            return problem;
        }

        var heldOut = data.Slice(firstHeldOut, data.Rows);
        if (!(await scorer.ScoreAsync(stored.Sha256, heldOut.Select(subject.Features), cancellation)).TryGet(out var scores, out problem))
        {
            return problem;
        }

        var losses = metrics.RowLosses(subject.Metric, heldOut[subject.Target], scores.Predictions, scores.Probabilities, scores.Classes);
        return (stored.Sha256, losses.Length == 0 ? double.PositiveInfinity : losses.Average());
    }

    private async Task<Result<JsonObject>> FinishAsync(
        Subject subject, Frame data, Candidate chosen, string comparable, JsonArray candidates, CancellationToken cancellation)
    {
        var from = data.Rows - Math.Min(chosen.Rows, data.Rows);
        var window = data.Slice(from, data.Rows);
        if (!(await FitAsync(subject, window, chosen.Algorithm, cancellation)).TryGet(out var final, out var problem)
            || !(await objects.PutBytesAsync(final.Onnx, cancellation)).TryGet(out var artifact, out problem))
        {
            return problem;
        }

        var time = (TimeColumn)window[subject.Time];
        return new JsonObject
        {
            ["training"] = new JsonObject
            {
                ["artifact"] = artifact.Sha256,
                ["algorithm"] = chosen.Algorithm,
                ["window"] = chosen.Label,
                ["from"] = time.At(0).UtcDateTime.ToString("O"),
                ["until"] = time.At(window.Rows - 1).UtcDateTime.ToString("O"),
                ["rows"] = window.Rows,
                ["seconds"] = Math.Round(final.Elapsed.TotalSeconds, 3),
                ["parameters"] = new JsonObject(final.Parameters.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Key, p.Value))),
                ["classes"] = new JsonArray([.. final.Classes.Select(c => (JsonNode?)c)]),
                ["candidates"] = candidates,
                ["signature"] = ModelSignature.Of(subject, window, final.Classes.Count),
            },
            ["comparable"] = comparable,
        };
    }

    private Task<Result<TrainingOutcome>> FitAsync(Subject subject, Frame rows, string algorithm, CancellationToken cancellation) =>
        trainer.TrainAsync(
            new TrainingRequest(
                rows.Select(subject.Features), rows[subject.Target], subject.Task, algorithm, new Dictionary<string, string>(), subject.Seed),
            cancellation);
}
