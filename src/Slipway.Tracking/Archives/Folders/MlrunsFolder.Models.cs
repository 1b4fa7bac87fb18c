using System.Globalization;
using System.Runtime.CompilerServices;
using Slipway.Contracts.Tracking.Wire;

namespace Slipway.Tracking.Archives.Folders;

/// <summary>Logged models and the registry.</summary>
internal sealed partial class MlrunsFolder
{
    private const string VersionPrefix = "version-";

    private static readonly string[] LoggedModelStates = ["PENDING", "PENDING", "READY", "FAILED"];

    public async IAsyncEnumerable<ArchivedLoggedModel> ReadLoggedModelsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var (experiment, experimentMeta) in _experiments)
        {
            foreach (var folder in LoggedModelFolders(experiment))
            {
                cancellation.ThrowIfCancellationRequested();
                var meta = MetaFile.Read(folder)!;
                yield return new ArchivedLoggedModel(
                    meta.Text("model_id") ?? Path.GetFileName(folder), experimentMeta.Text("experiment_id")!, meta.Text("name") ?? "",
                    meta.TextOrNull("artifact_location") ?? Path.Join(folder, "artifacts"), LoggedModelStates[meta.Number("status") is >= 0 and <= 3 and var state ? (int)state : 0],
                    meta.Text("lifecycle_stage") ?? "active", meta.Number("creation_timestamp") ?? 0, meta.Number("last_updated_timestamp") ?? 0)
                {
                    Type = meta.TextOrNull("model_type"),
                    SourceRunId = meta.TextOrNull("source_run_id"),
                    StatusMessage = meta.TextOrNull("status_message"),
                    Params = KeyFiles.ReadAll(Path.Join(folder, "params")),
                    Tags = KeyFiles.ReadAll(Path.Join(folder, "tags")),
                    Metrics = [.. KeyFiles.List(Path.Join(folder, "metrics")).SelectMany(f => File.ReadLines(f.Path).Select(line => ModelMetric(f.Key, line))).OfType<ArchivedModelMetric>()],
                };
            }
        }
    }

    public async IAsyncEnumerable<ArchivedModel> ReadModelsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var (folder, meta) in ModelFolders())
        {
            cancellation.ThrowIfCancellationRequested();
            yield return new ArchivedModel(meta.Text("name")!, meta.Text("description") ?? "", meta.Number("creation_timestamp") ?? 0, meta.Number("last_updated_timestamp") ?? 0)
            {
                Tags = KeyFiles.ReadAll(Path.Join(folder, "tags")),
                Aliases = KeyFiles.ReadAll(Path.Join(folder, "aliases"))
                    .Where(a => int.TryParse(a.Value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                    .ToDictionary(a => a.Key, a => int.Parse(a.Value, CultureInfo.InvariantCulture), StringComparer.Ordinal),
            };
        }
    }

    public async IAsyncEnumerable<ArchivedVersion> ReadVersionsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var (model, modelMeta) in ModelFolders())
        {
            foreach (var (folder, version) in VersionFolders(model).OrderBy(v => v.Version))
            {
                cancellation.ThrowIfCancellationRequested();
                var meta = MetaFile.Read(folder)!;
                yield return new ArchivedVersion(
                    modelMeta.Text("name")!, version, meta.Text("source") ?? "", meta.Text("status") ?? "READY", meta.TextOrNull("current_stage") ?? "None",
                    meta.Number("creation_timestamp") ?? 0, meta.Number("last_updated_timestamp") ?? 0)
                {
                    Description = meta.Text("description") ?? "",
                    User = meta.Text("user_id") ?? "",
                    RunId = meta.TextOrNull("run_id"),
                    RunLink = meta.TextOrNull("run_link"),
                    StatusMessage = meta.TextOrNull("status_message"),
                    StorageLocation = meta.TextOrNull("storage_location"),
                    Tags = KeyFiles.ReadAll(Path.Join(folder, "tags")),
                };
            }
        }
    }

    // TIME VALUE STEP RUN [DATASET DIGEST]
    private static ArchivedModelMetric? ModelMetric(string key, string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: >= 4 } fields && KeyFiles.TryPoint(fields, out var time, out var value, out var step)
            ? new ArchivedModelMetric(fields[3], key, value, time, step, fields.ElementAtOrDefault(4), fields.ElementAtOrDefault(5))
            : null;

    private static IEnumerable<string> LoggedModelFolders(string experiment) =>
        Folders(Path.Join(experiment, "models")).Where(f => MetaFile.Read(f) is not null);

    private static IEnumerable<(string Folder, int Version)> VersionFolders(string model)
    {
        foreach (var folder in Folders(model))
        {
            var name = Path.GetFileName(folder);
            if (name.StartsWith(VersionPrefix, StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(VersionPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                && MetaFile.Read(folder)?.Text("current_stage") is not (null or "Deleted_Internal"))
            {
                yield return (folder, version);
            }
        }
    }

    private IEnumerable<(string Folder, MetaFile Meta)> ModelFolders()
    {
        foreach (var folder in Folders(Path.Join(_root, "models")))
        {
            if (MetaFile.Read(folder) is { } meta && meta.Has("name"))
            {
                yield return (folder, meta);
            }
        }
    }
}
