using System.Text.Json.Nodes;
using Slipway.Contracts.Data.Ports;
using Slipway.Data.Domain;
using Slipway.Data.Tables;
using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;

namespace Slipway.Data.Profiling;

/// <summary>Profiles files of this machine; Parquet is known by its first four bytes, everything else must be CSV.</summary>
internal sealed class FileProfiler(Analytics analytics) : IFileProfiler
{
    public async Task<Result<JsonObject>> ProfileAsync(string path, CancellationToken cancellation)
    {
        if (!(await CheckAsync(path, cancellation)).TryGet(out var format, out var problem))
        {
            return problem;
        }

        return await analytics.UseAsync(
            connection => FileTableStore.Infer(connection, path, format, cancellation)
                .Then(table => ProfileStore.Profile(connection, table, cancellation)),
            cancellation);
    }

    public async Task<Result<Frame>> ReadAsync(string path, CancellationToken cancellation)
    {
        if (!(await CheckAsync(path, cancellation)).TryGet(out var format, out var problem))
        {
            return problem;
        }

        return await analytics.UseAsync(
            connection => FileTableStore.Infer(connection, path, format, cancellation)
                .Then(table => FileTableStore.Read(connection, table, new DatasetQuery(), 0, null, cancellation)),
            cancellation);
    }

    public string ToHtml(JsonObject profile) => ProfileHtml.Of(profile);

    private static async Task<Result<string>> CheckAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await using var file = File.OpenRead(path);
            await using var checking = new CheckedStream(file, null);
            var buffer = new byte[64 * 1024];
            while (await checking.ReadAsync(buffer, cancellation) > 0)
            {
            }

            return checking.Format;
        }
        catch (ProblemException e)
        {
            return e.Problem with { Message = $"{path}: {e.Problem.Message}" };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Problem.NotFound($"File {path}");
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            return Problem.Invalid($"{path} cannot be read: {e.Message}");
        }
    }
}
