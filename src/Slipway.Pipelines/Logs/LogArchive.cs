using System.Text.Json.Nodes;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;

namespace Slipway.Pipelines.Logs;

/// <summary>
/// Logs of ended attempts for every server: where several share a database, the files of a log go into the object store, and a server that has none of
/// its own fetches them from there. A single server's disk is enough for itself. While an attempt runs, only the server that runs it can show its log.
/// </summary>
internal sealed class LogArchive(RunLogs logs, IObjectStore objects, IDatabase database)
{
    /// <summary>The member of an attempt's detail: file name to digest.</summary>
    private const string Member = "log";

    private bool IsShared => database.Dialect.Engine != DatabaseEngine.Sqlite;

    /// <summary>Keeps the log's files and notes them in the detail; the digests that the run holds from now on.</summary>
    public async Task<IReadOnlyList<string>> KeepAsync(string run, string task, long attempt, JsonObject detail, CancellationToken cancellation)
    {
        if (!IsShared || logs.FilesOf(run, task, attempt) is not { Count: > 0 } files)
        {
            return [];
        }

        var kept = new JsonObject();
        foreach (var file in files)
        {
            await using var content = File.OpenRead(file);

            // A log that cannot be kept must not fail the step that wrote it; it still lies on this server's disk.
            if ((await objects.PutAsync(content, null, cancellation)).TryGet(out var digest, out _))
            {
                kept[Path.GetFileName(file)] = digest.Sha256;
            }
        }

        detail[Member] = kept;
        return [.. kept.Select(f => (string)f.Value!)];
    }

    /// <summary>Fetches a log that another server has written, unless it is here already or was never kept.</summary>
    public async Task<Result<Unit>> FetchAsync(string run, string task, long attempt, string? detail, CancellationToken cancellation)
    {
        if (!IsShared || detail is null || logs.FilesOf(run, task, attempt).Count > 0 || JsonNode.Parse(detail)?[Member] is not JsonObject kept)
        {
            return Result.Ok;
        }

        foreach (var (name, digest) in kept)
        {
            if (!(await objects.OpenAsync((string)digest!, 0, null, cancellation)).TryGet(out var content, out var problem))
            {
                return problem;
            }

            await using (content)
            {
                await logs.PutAsync(run, task, attempt, name, content, cancellation);
            }
        }

        return Result.Ok;
    }
}
