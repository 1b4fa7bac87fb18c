using Slipway.Client.Archives;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Contracts.Tracking.Wire;
using Slipway.Kernel.Problems;

namespace Slipway.Cli.Archives;

/// <summary>Writes a namespace of a server to an archive, files included.</summary>
internal sealed class ArchiveExport(IMlflowArchiveWriter writer, ArchivesClient client, string ns, ImportProgress progress)
{
    private const string Proxy = "mlflow-artifacts:/";

    public async Task<Result<Unit>> RunAsync(CancellationToken cancellation)
    {
        foreach (var part in (string[])["tracking", "registry"])
        {
            await foreach (var line in client.ExportAsync(ns, part, cancellation))
            {
                if (!(await PlaceAsync(line, cancellation)).TryGet(out var placed, out var problem)
                    || !(await writer.WriteAsync(placed, cancellation)).TryGet(out _, out problem))
                {
                    return problem;
                }

                progress.Runs += line.Run is null ? 0 : 1;
                progress.Points += line.Metrics?.Times.Count ?? 0;
                progress.Say();
            }
        }

        return await writer.CompleteAsync(cancellation);
    }

    private async Task<Result<ArchiveLine>> PlaceAsync(ArchiveLine line, CancellationToken cancellation)
    {
        switch (line)
        {
            case { Experiment: { } experiment }:
                return line with { Experiment = experiment with { ArtifactLocation = experiment.ArtifactLocation is { } location ? writer.PlaceOf(location).ArtifactUri : null } };
            case { Run: { } run }:
                return (await CopyAsync(run.ArtifactUri, cancellation)).Select(uri => line with { Run = run with { ArtifactUri = uri } });
            case { LoggedModel: { } model }:
                return (await CopyAsync(model.ArtifactUri, cancellation)).Select(uri => line with { LoggedModel = model with { ArtifactUri = uri } });
            case { Version: { } version }:
                // A run's or a logged model's files are there already; the others are fetched, which for those finds nothing new to do.
                var source = writer.PlaceOf(version.Source);
                if (source.Folder.Length > 0 && !Directory.Exists(source.Folder) && !(await CopyAsync(version.Source, cancellation)).TryGet(out _, out var problem))
                {
                    return problem;
                }

                var storage = version.StorageLocation is { } place ? writer.PlaceOf(place).ArtifactUri : null;
                return line with { Version = version with { Source = source.ArtifactUri, StorageLocation = storage } };
            default:
                return line;
        }
    }

    private async Task<Result<string>> CopyAsync(string artifactUri, CancellationToken cancellation)
    {
        var (uri, folder) = writer.PlaceOf(artifactUri);
        if (folder.Length == 0)
        {
            progress.Elsewhere++;
            return uri;
        }

        var folders = new Queue<string>([""]);
        while (folders.TryDequeue(out var below))
        {
            var path = Join(artifactUri[Proxy.Length..].Trim('/'), below);
            if (!(await client.ListAsync(ns, path, cancellation)).TryGet(out var entries, out var problem))
            {
                return problem;
            }

            foreach (var (name, isFolder) in entries)
            {
                var entry = Join(below, name);
                if (isFolder)
                {
                    folders.Enqueue(entry);
                }
                else if (!(await client.DownloadAsync(ns, Join(path, name), Path.Join(folder, entry), cancellation)).TryGet(out _, out problem))
                {
                    return problem;
                }
                else
                {
                    progress.Files++;
                    progress.Bytes += new FileInfo(Path.Join(folder, entry)).Length;
                    progress.Say();
                }
            }
        }

        return uri;
    }

    private static string Join(string left, string right) => left.Length == 0 ? right : right.Length == 0 ? left : $"{left}/{right}";
}
