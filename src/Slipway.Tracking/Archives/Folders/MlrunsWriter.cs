using System.Globalization;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;
using Slipway.Tracking.Archives.Files;

namespace Slipway.Tracking.Archives.Folders;

/// <summary>Writes an <c>mlruns</c> folder. All goes into a folder beside the target, which takes the target's name when it is complete.</summary>
internal sealed class MlrunsWriter(string target) : IMlflowArchiveWriter
{
    private static readonly string[] RunStates = ["", "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

    private readonly string _folder = target + ".partial";

    // Files written by line, so that a deleted experiment is found in the trash.
    private readonly Dictionary<string, string> _experimentFolders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _runFolders = new(StringComparer.Ordinal);

    public (string ArtifactUri, string Folder) PlaceOf(string artifactUri) => ExportPlaces.Of(artifactUri, target, _folder);

    public Task<Result<Unit>> WriteAsync(ArchiveLine line, CancellationToken cancellation) => Task.FromResult(Write(line));

    public Task<Result<Unit>> CompleteAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.Join(_folder, ".trash"));
        Directory.Move(_folder, target);
        return Task.FromResult<Result<Unit>>(default(Unit));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Result<Unit> Write(ArchiveLine line) => line switch
    {
        { Experiment: { } experiment } => Write(experiment),
        { Run: { } run } => Write(run),
        { Metrics: { } metrics } => Write(metrics),
        { LoggedModel: { } model } => Write(model),
        { Model: { } model } => Write(model),
        { Version: { } version } => Write(version),
        _ => default(Unit),
    };

    private Result<Unit> Write(ArchivedExperiment experiment)
    {
        var folder = experiment.Lifecycle == "deleted" ? Path.Join(_folder, ".trash", experiment.Id) : Path.Join(_folder, experiment.Id);
        _experimentFolders[experiment.Id] = folder;
        MetaFile.Write(
            folder, ("artifact_location", experiment.ArtifactLocation ?? PlaceOf($"mlflow-artifacts:/{experiment.Id}").ArtifactUri), ("creation_time", experiment.Created),
            ("experiment_id", experiment.Id), ("last_update_time", experiment.Updated), ("lifecycle_stage", experiment.Lifecycle), ("name", experiment.Name));
        return Values(Path.Join(folder, "tags"), experiment.Tags);
    }

    private Result<Unit> Write(ArchivedRun run)
    {
        var experiment = ExperimentFolder(run.ExperimentId);
        var folder = _runFolders[run.Id] = Path.Join(experiment, run.Id);
        MetaFile.Write(
            folder, ("artifact_uri", run.ArtifactUri), ("end_time", run.Ended), ("entry_point_name", ""), ("experiment_id", run.ExperimentId),
            ("lifecycle_stage", run.Lifecycle), ("run_id", run.Id), ("run_name", run.Name), ("run_uuid", run.Id), ("source_name", ""), ("source_type", 4),
            ("source_version", ""), ("start_time", run.Started), ("status", Math.Max(1, Array.IndexOf(RunStates, run.Status))), ("user_id", run.User));
        foreach (var sub in (string[])["metrics", "params", "tags", "artifacts"])
        {
            Directory.CreateDirectory(Path.Join(folder, sub));
        }

        foreach (var dataset in run.Datasets)
        {
            var id = ExportPlaces.DatasetId(run.ExperimentId, dataset);
            MetaFile.Write(
                Path.Join(experiment, "datasets", id), ("digest", dataset.Digest), ("name", dataset.Name), ("profile", dataset.Profile), ("schema", dataset.Schema),
                ("source", dataset.Source), ("source_type", dataset.SourceType));
            Link(folder, "inputs", id, ("DATASET", id), ("RUN", id), dataset.Tags, null);
        }

        foreach (var model in run.ModelInputs)
        {
            Link(folder, "inputs", model, ("MODEL", model), ("RUN", model), new Dictionary<string, string>(), null);
        }

        foreach (var output in run.ModelOutputs)
        {
            Link(folder, "outputs", output.ModelId, ("RUN_OUTPUT", output.ModelId), ("MODEL_OUTPUT", output.ModelId), new Dictionary<string, string>(), output.Step);
        }

        return Values(Path.Join(folder, "params"), run.Params).TryGet(out _, out var problem) ? Values(Path.Join(folder, "tags"), run.Tags) : problem;
    }

    private Result<Unit> Write(ArchivedMetrics metrics) =>
        _runFolders.TryGetValue(metrics.RunId, out var folder)
            ? KeyFiles.Append(Path.Join(folder, "metrics"), metrics.Key, metrics.Times.Select((time, i) => $"{time} {KeyFiles.Text(metrics.Values[i])} {metrics.Steps[i]}"))
            : Problem.Invalid($"metrics of run {metrics.RunId} came before the run");

    private Result<Unit> Write(ArchivedLoggedModel model)
    {
        if (model.Lifecycle == "deleted")
        {
            // The file store has no place for them: it removes the folder at once.
            return default(Unit);
        }

        var folder = Path.Join(ExperimentFolder(model.ExperimentId), "models", model.Id);
        MetaFile.Write(
            folder, ("artifact_location", model.ArtifactUri), ("creation_timestamp", model.Created), ("experiment_id", model.ExperimentId),
            ("last_updated_timestamp", model.Updated), ("model_id", model.Id), ("model_type", model.Type), ("name", model.Name), ("source_run_id", model.SourceRunId),
            ("status", model.Status switch { "READY" => 2, "FAILED" => 3, _ => 1 }), ("status_message", model.StatusMessage));
        foreach (var sub in (string[])["metrics", "params", "tags", "artifacts"])
        {
            Directory.CreateDirectory(Path.Join(folder, sub));
        }

        foreach (var metric in model.Metrics)
        {
            var dataset = metric.DatasetName is null || metric.DatasetDigest is null ? "" : $" {metric.DatasetName} {metric.DatasetDigest}";
            var line = string.Create(CultureInfo.InvariantCulture, $"{metric.Time} {KeyFiles.Text(metric.Value)} {metric.Step} {metric.RunId}{dataset}");
            if (!KeyFiles.Append(Path.Join(folder, "metrics"), metric.Key, [line]).TryGet(out _, out var wrong))
            {
                return wrong;
            }
        }

        return Values(Path.Join(folder, "params"), model.Params).TryGet(out _, out var problem) ? Values(Path.Join(folder, "tags"), model.Tags) : problem;
    }

    private Result<Unit> Write(ArchivedModel model)
    {
        var folder = Path.Join(_folder, "models", model.Name);
        MetaFile.Write(
            folder, ("creation_timestamp", model.Created), ("description", model.Description), ("last_updated_timestamp", model.Updated), ("name", model.Name));
        var aliases = model.Aliases.ToDictionary(a => a.Key, a => a.Value.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal);
        return Values(Path.Join(folder, "tags"), model.Tags).TryGet(out _, out var problem) ? Values(Path.Join(folder, "aliases"), aliases) : problem;
    }

    private Result<Unit> Write(ArchivedVersion version)
    {
        var folder = Path.Join(_folder, "models", version.Name, string.Create(CultureInfo.InvariantCulture, $"version-{version.Version}"));
        MetaFile.Write(
            folder, ("creation_timestamp", version.Created), ("current_stage", version.Stage), ("description", version.Description),
            ("last_updated_timestamp", version.Updated), ("name", version.Name), ("run_id", version.RunId), ("run_link", version.RunLink), ("source", version.Source),
            ("status", version.Status), ("status_message", version.StatusMessage), ("storage_location", version.StorageLocation ?? version.Source),
            ("user_id", version.User), ("version", version.Version));
        return Values(Path.Join(folder, "tags"), version.Tags);
    }

    private static void Link(
        string run, string kind, string name, (string Type, string Id) source, (string Type, string Id) destination, IReadOnlyDictionary<string, string> tags, long? step)
    {
        List<(string, object?)> members =
        [
            ("destination_id", destination.Id), ("destination_type", destination.Type), ("source_id", source.Id), ("source_type", source.Type),
        ];
        if (step is not null)
        {
            members.Add(("step", step));
        }

        members.Add(("tags", tags));
        MetaFile.Write(Path.Join(run, kind, name), members);
    }

    private static Result<Unit> Values(string folder, IReadOnlyDictionary<string, string> values)
    {
        foreach (var (key, value) in values)
        {
            if (!KeyFiles.Write(folder, key, value).TryGet(out _, out var problem))
            {
                return problem;
            }
        }

        return default(Unit);
    }

    private string ExperimentFolder(string id) => _experimentFolders.GetValueOrDefault(id) ?? Path.Join(_folder, id);
}
