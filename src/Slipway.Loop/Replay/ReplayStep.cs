using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;
using Slipway.Loop.Progress;

namespace Slipway.Loop.Replay;

/// <summary>
/// One step of the replay: the step's rows go out as requests, and the labels that are due come back. Everything carries ids, so a step that a crash
/// cut short is simply done again: what was logged or labelled before stays as it was.
/// </summary>
internal sealed class ReplayStep(InferenceClient client)
{
    private const int Parallel = 8;
    private const int LabelsPerRequest = 2_000;
    private const int Attempts = 5;

    /// <summary>Returns how many requests failed. Ends only when every row's prediction is in the log.</summary>
    public async Task<Result<int>> SendAsync(LoopData data, Stretch step, CancellationToken cancellation)
    {
        if (!client.CanCall)
        {
            return Problem.Unavailable("the server does not listen yet");
        }

        if (!(await client.InputsAsync(data.Namespace, data.Name, cancellation)).TryGet(out var inputs, out var problem))
        {
            return problem;
        }

        var failed = 0;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            await System.Threading.Tasks.Parallel.ForEachAsync(
                Enumerable.Range(step.FirstRow, step.Rows),
                new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellation },
                async (row, token) =>
                {
                    if (!await client.InferAsync(data.Namespace, data.Name, data.RequestFor(row, inputs), token))
                    {
                        Interlocked.Increment(ref failed);
                    }
                });
            if (!(await client.ServedAsync(data.Namespace, data.Name, step.From, step.Until, cancellation)).TryGet(out var served, out problem))
            {
                return problem;
            }

            // The log sheds under pressure rather than slow a request down; what it shed is sent again.
            if (served >= step.Rows)
            {
                return failed;
            }
        }

        return Problem.Unavailable($"step {step.Label}: after {Attempts} attempts not all of its {step.Rows} predictions are in the log");
    }

    /// <summary>Labels of all rows with event time in [from, watermark), then the watermark, which closes the window.</summary>
    public async Task<Result<Unit>> LabelAsync(LoopData data, DateTimeOffset from, DateTimeOffset watermark, CancellationToken cancellation)
    {
        var batch = new JsonArray();
        var first = Math.Max(data.Plan.Training.EndRow, data.Time.FirstAtOrAfter(from));
        var end = data.Time.FirstAtOrAfter(watermark);
        for (var row = first; row < end; row++)
        {
            if (data.LabelOf(row) is not { } label)
            {
                continue;
            }

            batch.Add(new JsonObject { ["id"] = data.IdOf(row), ["value"] = label });
            if (batch.Count == LabelsPerRequest)
            {
                if (!(await client.FeedbackAsync(data.Namespace, data.Name, batch, null, cancellation)).TryGet(out _, out var problem))
                {
                    return problem;
                }

                batch = [];
            }
        }

        return await client.FeedbackAsync(data.Namespace, data.Name, batch, watermark, cancellation);
    }
}
