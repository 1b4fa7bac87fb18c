using System.Runtime.CompilerServices;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Tracking.Archives.Files;

namespace Slipway.Tracking.Archives.Databases;

/// <summary>An MLflow database as an archive: experiments and runs here, the registry and logged models in the other part.</summary>
internal sealed partial class MlflowDatabaseStore : IMlflowArchive
{
    /// <summary>Runs that are read with one statement a table; SQLite takes at most 999 parameters in builds of MLflow's age.</summary>
    private const int Page = 200;

    private const int PointsPerLine = 2000;

    private const string AllExperiments = "SELECT * FROM experiments ORDER BY experiment_id";
    private const string AllExperimentTags = "SELECT * FROM experiment_tags";
    private const string FirstRuns = "SELECT * FROM runs ORDER BY run_uuid LIMIT 200";
    private const string NextRuns = "SELECT * FROM runs WHERE run_uuid > @p0 ORDER BY run_uuid LIMIT 200";
    private const string ParamsOf = "SELECT * FROM params WHERE run_uuid IN (@list)";
    private const string TagsOf = "SELECT * FROM tags WHERE run_uuid IN (@list)";
    private const string PointCountsOf = "SELECT run_uuid, COUNT(*) AS n FROM metrics WHERE run_uuid IN (@list) GROUP BY run_uuid";
    private const string MetricsOf = "SELECT * FROM metrics WHERE run_uuid IN (@list) ORDER BY run_uuid, key, step, timestamp";
    private const string DatasetInputsOf = "SELECT * FROM inputs WHERE source_type = 'DATASET' AND destination_type = 'RUN' AND destination_id IN (@list)";
    private const string ModelLinksOf = "SELECT * FROM inputs WHERE source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND source_id IN (@list)";
    private const string DatasetsOf = "SELECT * FROM datasets WHERE dataset_uuid IN (@list)";
    private const string InputTagsOf = "SELECT * FROM input_tags WHERE input_uuid IN (@list)";

    // Columns that later became tags; MLflow's own migration copies only the user.
    private static readonly (string Column, string Tag, string Ignored)[] OldColumns =
    [
        ("source_name", "mlflow.source.name", ""), ("source_type", "mlflow.source.type", "UNKNOWN"),
        ("source_version", "mlflow.source.git.commit", ""), ("entry_point_name", "mlflow.project.entryPoint", ""),
    ];

    private readonly MlflowTablesStore _tables;
    private readonly ArtifactFolders _artifacts;
    private readonly string _workspace;
    private readonly HashSet<string> _experiments = new(StringComparer.Ordinal);

    private MlflowDatabaseStore(MlflowTablesStore tables, ArtifactFolders artifacts, string workspace) =>
        (_tables, _artifacts, _workspace) = (tables, artifacts, workspace);

    public ArchiveSummary Summary { get; private set; } = new("", 0, 0, 0, 0, 0, []);

    public static async Task<Result<IMlflowArchive>> OpenAsync(
        Result<MlflowTablesStore> opened, ArtifactFolders artifacts, string? workspace, CancellationToken cancellation)
    {
        if (!opened.TryGet(out var tables, out var problem))
        {
            return problem;
        }

        var store = new MlflowDatabaseStore(tables, artifacts, workspace ?? DefaultWorkspace);
        await store.SummarizeAsync(cancellation);
        if (workspace is not null && !store.Summary.Workspaces.Contains(workspace, StringComparer.Ordinal))
        {
            await store.DisposeAsync();
            return Problem.NotFound($"workspace {workspace} (the database has {string.Join(", ", store.Summary.Workspaces)})");
        }

        return store;
    }

    public IReadOnlyList<ArchivedFile>? FindFiles(string artifactUri) => _artifacts.FindFiles(artifactUri);

    public async IAsyncEnumerable<ArchivedExperiment> ReadExperimentsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var tags = await GroupAsync(_tables.RowsAsync("experiment_tags", AllExperimentTags, null, cancellation), "experiment_id", "key", "value", cancellation);
        await foreach (var row in _tables.RowsAsync("experiments", AllExperiments, null, cancellation))
        {
            if (!IsMine(row))
            {
                continue;
            }

            var id = row.TextOrEmpty("experiment_id");
            var created = row.NumberOrZero("creation_time");
            yield return new ArchivedExperiment(
                id, row.TextOrEmpty("name"), row.Text("lifecycle_stage") ?? "active", created, row.Number("last_update_time") ?? created, row.TextOrNull("artifact_location"))
            {
                Tags = tags.GetValueOrDefault(id, []),
            };
        }
    }

    public async IAsyncEnumerable<ArchivedRun> ReadRunsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        string? last = null;
        while (true)
        {
            var page = await _tables.RowsAsync("runs", last is null ? FirstRuns : NextRuns, last, cancellation).ToListAsync(cancellation);
            if (page.Count == 0)
            {
                yield break;
            }

            last = page[^1].TextOrEmpty("run_uuid");
            var mine = page.Where(r => _experiments.Contains(r.TextOrEmpty("experiment_id"))).ToList();
            await foreach (var run in RunsOfAsync(mine, cancellation))
            {
                yield return run;
            }
        }
    }

    public async IAsyncEnumerable<ArchivedMetrics> ReadMetricsAsync(IReadOnlyList<string> runIds, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var ids in runIds.Chunk(Page))
        {
            var (run, key) = ("", "");
            var (times, steps, values) = (new List<long>(), new List<long>(), new List<double>());
            await foreach (var row in _tables.RowsOfAsync("metrics", MetricsOf, ids, cancellation))
            {
                var (nextRun, nextKey) = (row.TextOrEmpty("run_uuid"), row.TextOrEmpty("key"));
                if (times.Count > 0 && (nextRun != run || nextKey != key || times.Count == PointsPerLine))
                {
                    yield return new ArchivedMetrics(run, key, times, steps, values);
                    (times, steps, values) = ([], [], []);
                }

                (run, key) = (nextRun, nextKey);
                times.Add(row.NumberOrZero("timestamp"));
                steps.Add(row.NumberOrZero("step"));
                values.Add(row.Metric("value"));
            }

            if (times.Count > 0)
            {
                yield return new ArchivedMetrics(run, key, times, steps, values);
            }
        }
    }

    public ValueTask DisposeAsync() => _tables.DisposeAsync();

    private async IAsyncEnumerable<ArchivedRun> RunsOfAsync(IReadOnlyList<MlflowRow> rows, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var ids = rows.Select(r => r.TextOrEmpty("run_uuid")).ToArray();
        var parameters = await GroupAsync(_tables.RowsOfAsync("params", ParamsOf, ids, cancellation), "run_uuid", "key", "value", cancellation);
        var tags = await GroupAsync(_tables.RowsOfAsync("tags", TagsOf, ids, cancellation), "run_uuid", "key", "value", cancellation);
        var points = await _tables.RowsOfAsync("metrics", PointCountsOf, ids, cancellation)
            .ToDictionaryAsync(r => r.TextOrEmpty("run_uuid"), r => r.NumberOrZero("n"), StringComparer.Ordinal, cancellation);
        var datasets = await DatasetsAsync(ids, cancellation);
        var links = await _tables.RowsOfAsync("inputs", ModelLinksOf, ids, cancellation).ToListAsync(cancellation);
        foreach (var row in rows)
        {
            var id = row.TextOrEmpty("run_uuid");
            var runTags = tags.GetValueOrDefault(id, []);
            foreach (var (column, tag, ignored) in OldColumns)
            {
                if (row.TextOrNull(column) is { } value && value != ignored)
                {
                    runTags.TryAdd(tag, value);
                }
            }

            var mine = links.Where(l => l.TextOrEmpty("source_id") == id).ToList();
            yield return new ArchivedRun(
                id, row.TextOrEmpty("experiment_id"), row.TextOrNull("name") ?? runTags.GetValueOrDefault("mlflow.runName", ""), row.Text("status") ?? "FINISHED",
                row.Text("lifecycle_stage") ?? "active", row.TextOrEmpty("user_id"), row.NumberOrZero("start_time"), row.Number("end_time"), row.TextOrEmpty("artifact_uri"))
            {
                Points = points.GetValueOrDefault(id),
                Params = parameters.GetValueOrDefault(id, []),
                Tags = runTags,
                Datasets = datasets.GetValueOrDefault(id, []),
                ModelInputs = [.. mine.Where(l => l.Text("source_type") == "RUN_INPUT").Select(l => l.TextOrEmpty("destination_id"))],
                ModelOutputs = [.. mine.Where(l => l.Text("source_type") == "RUN_OUTPUT").Select(l => new ArchivedModelOutput(l.TextOrEmpty("destination_id"), l.NumberOrZero("step")))],
            };
        }
    }

    private async Task<Dictionary<string, List<ArchivedDataset>>> DatasetsAsync(string[] runIds, CancellationToken cancellation)
    {
        var found = new Dictionary<string, List<ArchivedDataset>>(StringComparer.Ordinal);
        var inputs = await _tables.RowsOfAsync("inputs", DatasetInputsOf, runIds, cancellation).ToListAsync(cancellation);
        foreach (var part in inputs.Chunk(Page))
        {
            var ids = part.Select(i => i.TextOrEmpty("source_id")).Distinct(StringComparer.Ordinal).ToArray();
            var datasets = await _tables.RowsOfAsync("datasets", DatasetsOf, ids, cancellation)
                .ToDictionaryAsync(r => r.TextOrEmpty("dataset_uuid"), StringComparer.Ordinal, cancellation);
            var tags = await GroupAsync(
                _tables.RowsOfAsync("input_tags", InputTagsOf, [.. part.Select(i => i.TextOrEmpty("input_uuid"))], cancellation), "input_uuid", "name", "value", cancellation);
            foreach (var input in part)
            {
                if (!datasets.TryGetValue(input.TextOrEmpty("source_id"), out var row))
                {
                    continue;
                }

                var run = input.TextOrEmpty("destination_id");
                (found.TryGetValue(run, out var list) ? list : found[run] = []).Add(new ArchivedDataset(
                    row.TextOrEmpty("name"), row.TextOrEmpty("digest"), row.TextOrEmpty("dataset_source_type"), row.TextOrEmpty("dataset_source"),
                    row.Text("dataset_schema"), row.Text("dataset_profile"), tags.GetValueOrDefault(input.TextOrEmpty("input_uuid"), [])));
            }
        }

        return found;
    }

    private static async Task<Dictionary<string, Dictionary<string, string>>> GroupAsync(
        IAsyncEnumerable<MlflowRow> rows, string by, string key, string value, CancellationToken cancellation)
    {
        var groups = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            var id = row.TextOrEmpty(by);
            (groups.TryGetValue(id, out var group) ? group : groups[id] = new Dictionary<string, string>(StringComparer.Ordinal))[row.TextOrEmpty(key)] = row.TextOrEmpty(value);
        }

        return groups;
    }
}
