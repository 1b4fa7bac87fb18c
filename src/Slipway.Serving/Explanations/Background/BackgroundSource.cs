using System.Text.Json;
using Slipway.Contracts.Data.Ports;
using Slipway.Engines.Onnx;
using Slipway.Kernel.Problems;
using Slipway.Serving.Domain;
using Slipway.Serving.Explanations.Domain;
using Slipway.Serving.Explanations.Rows;
using Slipway.Serving.Feedback;
using Slipway.Serving.Natural;
using Slipway.Serving.Scoring;
using Slipway.Serving.Tensors;

namespace Slipway.Serving.Explanations.Background;

/// <summary>Rows that say what is usual.</summary>
internal sealed record BackgroundRows(FeatureRows Rows, BackgroundUsed Used);

/// <summary>Finds background rows: those of the request, a dataset, or the newest that the service was asked about.</summary>
internal sealed class BackgroundSource(ExplanationStore log, LogFlush flush, IEnumerable<IDatasets> datasets)
{
    /// <summary>The newest logged rows that the sample is drawn from.</summary>
    private const int Candidates = 1000;

    /// <summary>Null when neither request, settings nor log have any.</summary>
    /// <param name="most">Rows to draw, at most.</param>
    public async Task<Result<BackgroundRows?>> FindAsync(
        string ns, string service, FeatureSpace space, IReadOnlyList<OnnxTensorSpec> inputs, ExplainSettings settings, int most, CancellationToken cancellation)
    {
        if (settings.Background is { } given)
        {
            return FromRequest(given, space, inputs, settings, most);
        }

        if (settings.BackgroundDataset is { } dataset)
        {
            return await FromDatasetAsync(ns, dataset, space, inputs, settings, most, cancellation);
        }

        if (!(await flush.RunAsync(cancellation)).TryGet(out _, out var problem))
        {
            return problem;
        }

        var logged = await log.NewestAsync(ns, service, Candidates, cancellation);
        var rows = FromLog(logged, space, inputs).Rows;
        return rows.Count == 0 ? Result.From<BackgroundRows?>(null) : Sampled(rows, "prediction log", settings, most);
    }

    /// <summary>Logged rows that fit the model, with the place of each in the list; rows of another shape, from before a change of the model, are left out.</summary>
    public static (FeatureRows Rows, List<int> Places) FromLog(IReadOnlyList<LoggedInputs> logged, FeatureSpace space, IReadOnlyList<OnnxTensorSpec> inputs)
    {
        var (fitting, places) = (new List<FeatureRows>(), new List<int>());
        for (var i = 0; i < logged.Count; i++)
        {
            using var document = JsonDocument.Parse($"[{logged[i].Inputs}]");
            if (!NaturalInputs.FromRows(document.RootElement, inputs, "log").TryGet(out var request, out _))
            {
                continue;
            }

            using (request)
            {
                if (FeatureRows.From(request, space).TryGet(out var row, out _))
                {
                    fitting.Add(row);
                    places.Add(i);
                }
            }
        }

        var rows = new FeatureRows(space, fitting.Count);
        for (var i = 0; i < fitting.Count; i++)
        {
            rows.CopyRow(i, fitting[i], 0);
        }

        return (rows, places);
    }

    private static Result<BackgroundRows?> FromRequest(JsonElement given, FeatureSpace space, IReadOnlyList<OnnxTensorSpec> inputs, ExplainSettings settings, int most)
    {
        if (!NaturalInputs.FromRows(given, inputs, "background").TryGet(out var request, out var problem))
        {
            return problem;
        }

        using (request)
        {
            return FeatureRows.From(request, space).TryGet(out var rows, out problem)
                ? Sampled(rows, "request", settings, most)
                : Problem.Invalid($"background: {problem.Message}");
        }
    }

    private async Task<Result<BackgroundRows?>> FromDatasetAsync(
        string ns, string dataset, FeatureSpace space, IReadOnlyList<OnnxTensorSpec> inputs, ExplainSettings settings, int most, CancellationToken cancellation)
    {
        var at = dataset.IndexOf(':', StringComparison.Ordinal);
        var (name, number) = at < 0 ? (dataset, "latest") : (dataset[..at], dataset[(at + 1)..]);
        if (datasets.FirstOrDefault() is not { } store)
        {
            return Problem.Invalid("background_dataset: this server keeps no datasets");
        }

        if (!(await store.GetVersionAsync(ns, name, number, cancellation)).TryGet(out var version, out var problem)
            || !(await store.ReadAsync(version, new DatasetQuery { Columns = [.. version.Columns.Select(c => c.Name).Where(space.Names.Contains)] }, cancellation)).TryGet(out var frame, out problem))
        {
            return problem with { Message = $"background_dataset: {problem.Message}" };
        }

        if (frame.Rows == 0)
        {
            return Problem.Invalid($"background_dataset: {version.Display} has no rows");
        }

        // Drawn before they are turned into tensors: a dataset may have millions of rows.
        var drawn = frame.Take(new SplitMix64((ulong)settings.Seed).Sample(frame.Rows, Math.Min(settings.BackgroundRows, most)));
        if (ScoringInputs.Check(inputs, drawn) is { } mismatch)
        {
            return Problem.Invalid($"background_dataset: {version.Display}: {mismatch.Message}");
        }

        using InferenceRequest request = ScoringInputs.Take(inputs, drawn, 0, drawn.Rows);
        return FeatureRows.From(request, space).TryGet(out var rows, out problem)
            ? new BackgroundRows(rows, new BackgroundUsed($"dataset {version.Display}", rows.Count))
            : problem;
    }

    private static Result<BackgroundRows?> Sampled(FeatureRows rows, string source, ExplainSettings settings, int most)
    {
        var drawn = rows.Take(new SplitMix64((ulong)settings.Seed).Sample(rows.Count, Math.Min(settings.BackgroundRows, most)));
        return new BackgroundRows(drawn, new BackgroundUsed(source, drawn.Count));
    }
}
