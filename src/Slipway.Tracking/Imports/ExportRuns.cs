using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Imports;

/// <summary><c>GET /export/tracking</c>: everything of a namespace as lines that an import takes, deleted things included; the last line is empty.</summary>
internal static class ExportRuns
{
    private const int RunsAtOnce = 100;
    private const int PointsPerLine = 2000;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/slipway/v1/namespaces/{ns}/export/tracking", HandleAsync).RequirePermission("runs.read");

    private static async Task<IResult> HandleAsync(string ns, HttpContext context, IDatabase database, CancellationToken cancellation)
    {
        if (MlflowWorkspace.Check(ns).Problem is { } wrong)
        {
            return wrong.ToAnswer();
        }

        await NdjsonAnswer.WriteAsync(context.Response, LinesAsync(ns, database, cancellation), ArchiveJson.Default.ArchiveLine, new ArchiveLine(), cancellation);
        return Results.Empty;
    }

    private static async IAsyncEnumerable<ArchiveLine> LinesAsync(string ns, IDatabase database, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var experiment in await ExperimentsAsync(ns, database, cancellation))
        {
            yield return new ArchiveLine { Experiment = experiment };
        }

        for (var after = -1L; ;)
        {
            var start = after;
            var page = await database.ReadAsync((session, _) => RunsAsync(session, ns, start), cancellation);
            foreach (var (number, run, series) in page)
            {
                yield return new ArchiveLine { Run = run };
                foreach (var (key, id) in series)
                {
                    await foreach (var metrics in MetricsAsync(database, run.Id, key, id, cancellation))
                    {
                        yield return new ArchiveLine { Metrics = metrics };
                    }
                }

                after = number;
            }

            if (page.Count < RunsAtOnce)
            {
                break;
            }
        }

        for (var after = ""; ;)
        {
            var start = after;
            var page = await database.ReadAsync((session, _) => ModelsAsync(session, ns, start), cancellation);
            foreach (var model in page)
            {
                yield return new ArchiveLine { LoggedModel = model };
                after = model.Id;
            }

            if (page.Count < RunsAtOnce)
            {
                break;
            }
        }
    }

    private static Task<IReadOnlyList<ArchivedExperiment>> ExperimentsAsync(string ns, IDatabase database, CancellationToken cancellation) => database.ReadAsync<IReadOnlyList<ArchivedExperiment>>(
        async (session, _) =>
        {
            var rows = await ImportStore.ExperimentsAsync(session, ns);
            var tags = await ExperimentStore.TagsAsync(session, [.. rows.Select(r => r.Number)]);
            return
            [
                .. rows.Select(r => new ArchivedExperiment(r.Id, r.Name, r.Lifecycle, Millis(r.Created), Millis(r.Updated), r.ArtifactLocation) { Tags = Map(tags[r.Number]) }),
            ];
        },
        cancellation);

    private static async Task<IReadOnlyList<(long Number, ArchivedRun Run, IReadOnlyList<(string Key, long Series)> Series)>> RunsAsync(IReadSession session, string ns, long after)
    {
        var rows = await ImportStore.RunsAsync(session, ns, after, RunsAtOnce);
        var numbers = rows.Select(r => r.Number).ToArray();
        var values = await ValueStore.AllAsync(session, numbers);
        var datasets = values.AnyDatasets ? await InputStore.DatasetsAsync(session, numbers) : RunDatasets.None;
        var runs = new List<(long, ArchivedRun, IReadOnlyList<(string, long)>)>();
        foreach (var row in rows)
        {
            var run = new ArchivedRun(
                row.Id, row.ExperimentId, row.Name, row.Status, row.Lifecycle, row.UserName, Millis(row.Started), row.Finished is { } at ? Millis(at) : null, row.ArtifactUri)
            {
                Params = Map(values.Params[row.Number]),
                Tags = Map(values.Tags[row.Number]),
                Datasets =
                [
                    .. datasets.Datasets[row.Number].Select(d => new ArchivedDataset(
                        d.Name, d.Digest, d.SourceType, d.Source, d.Schema, d.Profile, Map(datasets.Tags[(row.Number, d.Number)]))),
                ],
                ModelInputs = [.. values.ModelInputs[row.Number]],
                ModelOutputs = [.. values.ModelOutputs[row.Number].Select(o => new ArchivedModelOutput(o.ModelId, o.Step))],
            };
            runs.Add((row.Number, run, await ImportStore.SeriesAsync(session, row.Number)));
        }

        return runs;
    }

    private static async IAsyncEnumerable<ArchivedMetrics> MetricsAsync(
        IDatabase database, string runId, string key, long series, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (PointRow? last = null; ;)
        {
            var (after, points) = (last, new List<PointRow>());
            await database.ReadAsync((session, _) => MetricStore.PointsAsync(session, series, after, 0, PointsPerLine, points.Add), cancellation);
            if (points.Count > 0)
            {
                last = points[^1];
                yield return new ArchivedMetrics(runId, key, [.. points.Select(p => Millis(p.Time))], [.. points.Select(p => p.Step)], [.. points.Select(p => p.Shown)]);
            }

            if (points.Count < PointsPerLine)
            {
                yield break;
            }
        }
    }

    private static async Task<IReadOnlyList<ArchivedLoggedModel>> ModelsAsync(IReadSession session, string ns, string after)
    {
        var models = new List<ArchivedLoggedModel>();
        foreach (var id in await ImportStore.ModelIdsAsync(session, ns, after, RunsAtOnce))
        {
            var row = (await ModelStore.FindAsync(session, ns, id))!;
            var parts = await ModelStore.PartsAsync(session, [row.Number]);
            models.Add(new ArchivedLoggedModel(
                row.Id, row.ExperimentId, row.Name, row.ArtifactUri, row.Status switch { "LOGGED_MODEL_READY" => "READY", "LOGGED_MODEL_UPLOAD_FAILED" => "FAILED", _ => "PENDING" },
                row.Lifecycle, Millis(row.Created), Millis(row.Updated))
            {
                Type = NullIfEmpty(row.ModelType),
                SourceRunId = NullIfEmpty(row.SourceRunId),
                StatusMessage = row.StatusMessage,
                Params = Map(parts.Params[row.Number]),
                Tags = Map(parts.Tags[row.Number]),
                Metrics =
                [
                    .. parts.Metrics[row.Number].Select(m => new ArchivedModelMetric(
                        m.RunId, m.Point.Key, m.Point.Shown, Millis(m.Point.Time), m.Point.Step, NullIfEmpty(m.DatasetName), NullIfEmpty(m.DatasetDigest))),
                ],
            });
        }

        return models;
    }

    private static Dictionary<string, string> Map(IEnumerable<KeyValuePair<string, string>> pairs) => pairs.ToDictionary(StringComparer.Ordinal);

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    // Towards the past for times before 1970, too, as Micros does.
    private static long Millis(long micros) => micros >= 0 ? micros / 1000 : (micros - 999) / 1000;
}
