using System.Globalization;
using System.Runtime.CompilerServices;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Tracking.Archives.Files;

namespace Slipway.Tracking.Archives.Folders;

/// <summary>An <c>mlruns</c> folder as an archive: experiments and runs here, models in the other part.</summary>
internal sealed partial class MlrunsFolder : IMlflowArchive
{
    private static readonly string[] RunStates = ["RUNNING", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];
    private static readonly string[] NotRuns = ["tags", "datasets", "traces", "models"];

    private readonly string _root;
    private readonly ArtifactFolders _artifacts;
    private readonly IReadOnlyList<(string Folder, MetaFile Meta)> _experiments;

    private MlrunsFolder(string root, ArtifactFolders artifacts, IReadOnlyList<(string Folder, MetaFile Meta)> experiments)
    {
        (_root, _artifacts, _experiments) = (root, artifacts, experiments);
        var models = ModelFolders().ToList();
        Summary = new ArchiveSummary(
            "mlruns folder", experiments.Count, experiments.Sum(e => RunFolders(e.Folder).Count()), experiments.Sum(e => LoggedModelFolders(e.Folder).Count()), models.Count,
            models.Sum(m => VersionFolders(m.Folder).Count()), ["default"]);
    }

    public ArchiveSummary Summary { get; }

    public static Result<IMlflowArchive> Open(string root, ArtifactFolders artifacts)
    {
        var experiments = new List<(string, MetaFile)>();
        foreach (var folder in Folders(root).Concat(Folders(Path.Join(root, ".trash"))))
        {
            if (Path.GetFileName(folder) is not ("models" or ".trash") && MetaFile.Read(folder) is { } meta && meta.Has("experiment_id") && meta.Has("name"))
            {
                experiments.Add((folder, meta));
            }
        }

        return experiments.Count == 0
            ? Problem.Invalid($"{root} holds no experiments (folders with a meta.yaml): it is not an mlruns folder")
            : new MlrunsFolder(root, artifacts, experiments);
    }

    /// <summary>Where the URI leads; a folder that was moved since is looked for by its last parts.</summary>
    public IReadOnlyList<ArchivedFile>? FindFiles(string artifactUri)
    {
        if (_artifacts.FindFiles(artifactUri) is not { } files)
        {
            return null;
        }

        if (files.Count > 0)
        {
            return files;
        }

        var parts = artifactUri.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var from = 1; from < parts.Length; from++)
        {
            var folder = Path.Join(_root, Uri.UnescapeDataString(string.Join('/', parts[from..])));
            if (parts.Length - from > 1 && Directory.Exists(folder))
            {
                return _artifacts.FindFiles(folder);
            }
        }

        return files;
    }

    public async IAsyncEnumerable<ArchivedExperiment> ReadExperimentsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var (folder, meta) in _experiments)
        {
            cancellation.ThrowIfCancellationRequested();
            var created = meta.Number("creation_time") ?? 0;
            yield return new ArchivedExperiment(
                meta.Text("experiment_id")!, meta.Text("name")!, meta.Text("lifecycle_stage") ?? "active", created, meta.Number("last_update_time") ?? created,
                meta.TextOrNull("artifact_location"))
            {
                Tags = KeyFiles.ReadAll(Path.Join(folder, "tags")),
            };
        }
    }

    public async IAsyncEnumerable<ArchivedRun> ReadRunsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var (experiment, experimentMeta) in _experiments)
        {
            foreach (var folder in RunFolders(experiment))
            {
                cancellation.ThrowIfCancellationRequested();
                if (MetaFile.Read(folder) is { } meta && (meta.Text("run_id") ?? meta.Text("run_uuid")) is { } id)
                {
                    yield return Run(experiment, experimentMeta.Text("experiment_id")!, folder, meta, id);
                }
            }
        }
    }

    public async IAsyncEnumerable<ArchivedMetrics> ReadMetricsAsync(IReadOnlyList<string> runIds, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var id in runIds)
        {
            var folder = _experiments.Select(e => Path.Join(e.Folder, id)).FirstOrDefault(Directory.Exists);
            foreach (var (key, path) in KeyFiles.List(Path.Join(folder, "metrics")))
            {
                await foreach (var line in KeyFiles.ReadMetricAsync(id, key, path, cancellation))
                {
                    yield return line;
                }
            }
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static ArchivedRun Run(string experiment, string experimentId, string folder, MetaFile meta, string id)
    {
        var tags = KeyFiles.ReadAll(Path.Join(folder, "tags"));
        return new ArchivedRun(
            id, experimentId, meta.TextOrNull("run_name") ?? meta.TextOrNull("name") ?? tags.GetValueOrDefault("mlflow.runName", ""), Status(meta.Text("status")),
            meta.Text("lifecycle_stage") ?? "active", meta.Text("user_id") ?? "", meta.Number("start_time") ?? 0, meta.Number("end_time"),
            meta.TextOrNull("artifact_uri") ?? Path.Join(folder, "artifacts"))
        {
            Points = KeyFiles.List(Path.Join(folder, "metrics")).Sum(f => (long)File.ReadLines(f.Path).Count()),
            Params = KeyFiles.ReadAll(Path.Join(folder, "params")),
            Tags = tags,
            Datasets = [.. Links(folder, "inputs", "DATASET").Select(link => Dataset(experiment, link)).OfType<ArchivedDataset>()],
            ModelInputs = [.. Links(folder, "inputs", "MODEL").Select(link => link.Text("source_id")!)],
            ModelOutputs = [.. Links(folder, "outputs", "RUN_OUTPUT").Select(link => new ArchivedModelOutput(link.Text("destination_id")!, link.Number("step") ?? 0))],
        };
    }

    private static ArchivedDataset? Dataset(string experiment, MetaFile link) =>
        MetaFile.Read(Path.Join(experiment, "datasets", link.Text("source_id"))) is not { } meta
            ? null
            : new ArchivedDataset(
                meta.Text("name") ?? "", meta.Text("digest") ?? "", meta.Text("source_type") ?? "", meta.Text("source") ?? "", meta.Text("schema"), meta.Text("profile"),
                link.Map("tags"));

    private static IEnumerable<MetaFile> Links(string run, string folder, string sourceType) =>
        Folders(Path.Join(run, folder)).Select(MetaFile.Read).OfType<MetaFile>()
            .Where(m => m.Text("source_type") == sourceType && m.Has("source_id") && m.Has("destination_id"));

    private static string Status(string? status) =>
        int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 5 ? RunStates[number] : status ?? "FINISHED";

    private static IEnumerable<string> RunFolders(string experiment) =>
        Folders(experiment).Where(f => !NotRuns.Contains(Path.GetFileName(f), StringComparer.Ordinal) && File.Exists(Path.Join(f, MetaFile.Name)));

    private static IEnumerable<string> Folders(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal) : [];
}
