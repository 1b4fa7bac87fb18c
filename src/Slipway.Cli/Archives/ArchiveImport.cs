using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Client.Archives;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Archives;

/// <summary>
/// Brings an archive to a server. Runs go in groups: lines, then files, then a mark that says that the run is whole. What is marked is passed over, so an import that was
/// cut short goes on where it was when it is started again, and one that is repeated brings what is new.
/// </summary>
internal sealed class ArchiveImport(IMlflowArchive archive, ArchivesClient client, string ns, ImportProgress progress)
{
    private const int RunsAtOnce = 200;
    private const string Proxy = "mlflow-artifacts:/";

    private readonly LineBatch _tracking = new(client, ns, "tracking");
    private readonly ArtifactRoots _roots = new();

    public async Task<Result<Unit>> RunAsync(CancellationToken cancellation)
    {
        foreach (var step in (Func<CancellationToken, Task<Result<Unit>>>[])[ExperimentsAsync, RunsAsync, LoggedModelsAsync, RegistryAsync])
        {
            if (!(await step(cancellation)).TryGet(out _, out var problem))
            {
                return problem;
            }
        }

        return default(Unit);
    }

    private async Task<Result<Unit>> ExperimentsAsync(CancellationToken cancellation)
    {
        await foreach (var experiment in archive.ReadExperimentsAsync(cancellation))
        {
            // Runs that come later get a place of this server's, unless they were kept in a store that both can reach.
            var location = experiment.ArtifactLocation is { } uri && archive.FindFiles(uri) is null && !uri.StartsWith(Proxy, StringComparison.Ordinal) ? uri : null;
            if (!(await _tracking.AddAsync(new ArchiveLine { Experiment = experiment with { ArtifactLocation = location } }, cancellation)).TryGet(out _, out var problem))
            {
                return problem;
            }
        }

        return await _tracking.SendAsync(cancellation);
    }

    private async Task<Result<Unit>> RunsAsync(CancellationToken cancellation)
    {
        await foreach (var group in archive.ReadRunsAsync(cancellation).Chunk(RunsAtOnce))
        {
            if (!(await GroupAsync(group, cancellation)).TryGet(out _, out var problem))
            {
                return problem;
            }

            progress.Runs += group.Length;
            progress.Say();
        }

        return default(Unit);
    }

    private async Task<Result<Unit>> GroupAsync(ArchivedRun[] group, CancellationToken cancellation)
    {
        var marks = group.ToDictionary(r => r.Id, r => Mark(new ArchiveLine { Run = r }), StringComparer.Ordinal);
        var placed = group.Select(Place).ToArray();
        if (!(await PendingAsync(marks, cancellation)).TryGet(out var pending, out var problem))
        {
            return problem;
        }

        var todo = placed.Where(r => pending.Contains(r.Run.Id)).ToArray();
        foreach (var (run, _) in todo)
        {
            if (!(await _tracking.AddAsync(new ArchiveLine { Run = run }, cancellation)).TryGet(out _, out problem))
            {
                return problem;
            }
        }

        await foreach (var metrics in archive.ReadMetricsAsync([.. todo.Select(r => r.Run.Id)], cancellation))
        {
            progress.Points += metrics.Times.Count;
            if (!(await _tracking.AddAsync(new ArchiveLine { Metrics = metrics }, cancellation)).TryGet(out _, out problem))
            {
                return problem;
            }

            progress.Say();
        }

        foreach (var (run, files) in todo)
        {
            if (!(await UploadAsync(run.ArtifactUri, files, cancellation)).TryGet(out _, out problem))
            {
                return problem;
            }
        }

        progress.RunsSent += todo.Length;
        return await MarkAsync(todo.Select(r => new ArchivedRunMark(r.Run.Id, marks[r.Run.Id])), cancellation);
    }

    private async Task<Result<Unit>> LoggedModelsAsync(CancellationToken cancellation)
    {
        await foreach (var model in archive.ReadLoggedModelsAsync(cancellation))
        {
            var experiment = _tracking.Experiments[model.ExperimentId];
            var (uri, files) = Place(model.ArtifactUri, $"{experiment.ArtifactLocation.TrimEnd('/')}/models/{model.Id}/artifacts");
            var placed = model with { ExperimentId = experiment.Id, ArtifactUri = uri };
            var marks = new Dictionary<string, string> { [model.Id] = Mark(new ArchiveLine { LoggedModel = model }) };
            if (!(await PendingAsync(marks, cancellation)).TryGet(out var pending, out var problem))
            {
                return problem;
            }

            if (pending.Count > 0
                && (!(await _tracking.AddAsync(new ArchiveLine { LoggedModel = placed }, cancellation)).TryGet(out _, out problem)
                    || !(await UploadAsync(uri, files, cancellation)).TryGet(out _, out problem)
                    || !(await MarkAsync([new ArchivedRunMark(model.Id, marks[model.Id])], cancellation)).TryGet(out _, out problem)))
            {
                return problem;
            }
        }

        return default(Unit);
    }

    private async Task<Result<Unit>> RegistryAsync(CancellationToken cancellation)
    {
        var batch = new LineBatch(client, ns, "registry");
        await foreach (var model in archive.ReadModelsAsync(cancellation))
        {
            // Aliases point at versions, so they come once the versions are there.
            if (!(await batch.AddAsync(new ArchiveLine { Model = model with { Aliases = new Dictionary<string, int>() } }, cancellation)).TryGet(out _, out var problem))
            {
                return problem;
            }
        }

        await foreach (var version in archive.ReadVersionsAsync(cancellation))
        {
            if (!(await PlaceAsync(version, cancellation)).TryGet(out var placed, out var problem)
                || !(await batch.AddAsync(new ArchiveLine { Version = placed }, cancellation)).TryGet(out _, out problem))
            {
                return problem;
            }
        }

        await foreach (var model in archive.ReadModelsAsync(cancellation))
        {
            if (model.Aliases.Count > 0 && !(await batch.AddAsync(new ArchiveLine { Model = model }, cancellation)).TryGet(out _, out var problem))
            {
                return problem;
            }
        }

        return await batch.SendAsync(cancellation);
    }

    // A version's files are a run's or a logged model's, mostly; one that was registered from a folder brings that folder.
    private async Task<Result<ArchivedVersion>> PlaceAsync(ArchivedVersion version, CancellationToken cancellation)
    {
        var moved = version with { StorageLocation = version.StorageLocation is { } place ? _roots.Moved(place) ?? place : null };
        if (_roots.Moved(version.Source) is { } source)
        {
            return moved with { Source = source, StorageLocation = moved.StorageLocation == version.Source ? source : moved.StorageLocation };
        }

        if (version.Source.StartsWith("runs:/", StringComparison.Ordinal) || version.Source.StartsWith("models:/", StringComparison.Ordinal)
            || archive.FindFiles(version.Source) is not { Count: > 0 } files)
        {
            return moved;
        }

        var uri = $"{Proxy}imported/{version.Name}/{version.Version}";
        var marks = new Dictionary<string, string> { [$"version/{version.Name}/{version.Version}"] = Mark(new ArchiveLine { Version = version }) };
        if (!(await PendingAsync(marks, cancellation)).TryGet(out var pending, out var problem)
            || (pending.Count > 0
                && (!(await UploadAsync(uri, files, cancellation)).TryGet(out _, out problem)
                    || !(await MarkAsync(marks.Select(m => new ArchivedRunMark(m.Key, m.Value)), cancellation)).TryGet(out _, out problem))))
        {
            return problem!;
        }

        return moved with { Source = uri, StorageLocation = uri };
    }

    private (ArchivedRun Run, IReadOnlyList<ArchivedFile> Files) Place(ArchivedRun run)
    {
        var experiment = _tracking.Experiments[run.ExperimentId];
        var (uri, files) = Place(run.ArtifactUri, $"{experiment.ArtifactLocation.TrimEnd('/')}/{run.Id}/artifacts");
        return (run with { ExperimentId = experiment.Id, ArtifactUri = uri }, files);
    }

    private (string Uri, IReadOnlyList<ArchivedFile> Files) Place(string before, string after)
    {
        if (archive.FindFiles(before) is not { } files || !after.StartsWith(Proxy, StringComparison.Ordinal))
        {
            progress.Elsewhere++;
            return (before, []);
        }

        _roots.Add(before, after);
        return (after, files);
    }

    private async Task<Result<Unit>> UploadAsync(string uri, IReadOnlyList<ArchivedFile> files, CancellationToken cancellation)
    {
        foreach (var file in files)
        {
            if (!(await client.UploadAsync(ns, $"{uri[Proxy.Length..]}/{file.Path}", file.FullPath, cancellation)).TryGet(out _, out var problem))
            {
                return problem;
            }

            progress.Files++;
            progress.Bytes += file.Bytes;
            progress.Say();
        }

        return default(Unit);
    }

    private async Task<Result<HashSet<string>>> PendingAsync(Dictionary<string, string> marks, CancellationToken cancellation)
    {
        var asked = await client.PendingAsync(ns, new PendingRuns([.. marks.Select(m => new ArchivedRunMark(m.Key, m.Value))]), cancellation);
        return asked.Select(answer => answer.Pending.ToHashSet(StringComparer.Ordinal));
    }

    private async Task<Result<Unit>> MarkAsync(IEnumerable<ArchivedRunMark> marks, CancellationToken cancellation)
    {
        foreach (var mark in marks)
        {
            if (!(await _tracking.AddAsync(new ArchiveLine { Done = mark }, cancellation)).TryGet(out _, out var problem))
            {
                return problem;
            }
        }

        return await _tracking.SendAsync(cancellation);
    }

    // Everything that the archive says of it but the points themselves, of which there is the count.
    private static string Mark(ArchiveLine line) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(line, ArchiveJson.Default.ArchiveLine)));
}
