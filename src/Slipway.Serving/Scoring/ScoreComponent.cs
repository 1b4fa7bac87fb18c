using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Contracts.Serving.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Objects;

namespace Slipway.Serving.Scoring;

/// <summary>
/// <c>uses: slipway/score</c>: scores a dataset's version with a registered model. Inputs <c>model</c>, <c>dataset</c>, <c>version</c> (latest), <c>output</c> (a
/// dataset's name) and <c>id</c> (a column to keep instead of all); outputs <c>dataset</c>, <c>version</c>, <c>digest</c>, <c>rows</c>, <c>model</c>. An attempt after a crash
/// goes on where the last one ended, on the same machine; the same result is the same version of the dataset.
/// </summary>
internal sealed class ScoreComponent(ScoringModels models, IBatchScorer scorer, IObjectStore objects, IEnumerable<IDatasets> datasets) : IPipelineComponent
{
    public string Name => "slipway/score";

    public async Task<Result<JsonObject>> RunAsync(ComponentContext context, CancellationToken cancellation)
    {
        var faults = new List<Fault>();
        var (model, dataset, output) = (Required("model"), Required("dataset"), Required("output"));
        if (faults.Count > 0)
        {
            return Problem.Invalid(faults);
        }

        if (datasets.FirstOrDefault() is not { } store)
        {
            return Problem.Unavailable("This server keeps no datasets");
        }

        if (!(await store.GetVersionAsync(context.Namespace, dataset, Text("version") ?? "latest", cancellation)).TryGet(out var version, out var problem)
            || !(await objects.LocalPathAsync(version.Digest, cancellation)).TryGet(out var path, out problem))
        {
            return problem;
        }

        // By run and step, so that another attempt finds it. The reader tells the form of a file by its ending, which an object has not.
        var folder = Path.Combine(Path.GetTempPath(), $"slipway-score-{context.RunId}-{context.Step}");
        Directory.CreateDirectory(folder);
        var input = Path.Combine(folder, $"input.{version.Format}");
        if (!File.Exists(input))
        {
            File.CreateSymbolicLink(input, path);
        }

        LocalBatchModel? opened = null;
        try
        {
            var job = new BatchScoringJob(input, Path.Combine(folder, "scored.parquet"), model) { Id = Text("id") };
            var scored = await scorer.RunAsync(
                job,
                async (pinned, token) => (await models.OpenAsync(context.Namespace, pinned ?? model, token)).Select(found => (IBatchModel)(opened = new LocalBatchModel(found))),
                _ => { },
                cancellation);
            if (!scored.TryGet(out var report, out problem))
            {
                return problem;
            }

            context.Log(string.Create(CultureInfo.InvariantCulture, $"scored {report.Rows} rows of {version.Display} with {report.Model}"));
            await using var content = File.OpenRead(report.Output);
            var added = await store.AddVersionAsync(context.Namespace, output, "parquet", $"pipeline-run:{context.RunId}", content, cancellation);
            if (!added.TryGet(out var made, out problem))
            {
                return problem;
            }

            content.Close();
            Directory.Delete(folder, recursive: true);
            return new JsonObject
            {
                ["dataset"] = made.Name, ["version"] = made.Number.ToString(CultureInfo.InvariantCulture), ["digest"] = made.Digest, ["rows"] = report.Rows, ["model"] = report.Model,
            };
        }
        finally
        {
            opened?.Dispose();
        }

        string? Text(string name) => context.Inputs[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

        string Required(string name)
        {
            if (Text(name) is { } text)
            {
                return text;
            }

            faults.Add(new Fault(name, "is required"));
            return "";
        }
    }
}
