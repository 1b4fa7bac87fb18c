using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Objects;

namespace Slipway.Tracking.Artifacts.Storage;

/// <summary>
/// Removes the bytes that nothing names any more, some time after they lost their last name, and forgets uploads that nobody completed. The object and
/// its row go in one transaction, so an upload of the same content at the same moment either comes first and keeps it, or sees that it is gone.
/// </summary>
internal sealed partial class ArtifactCollector(
    IDatabase database, IObjectStore objects, IEnumerable<IObjectHolder> holders, TimeProvider time, ILogger<ArtifactCollector> logger) : BackgroundService
{
    /// <summary>Downloads that began before keep reading; and who puts an object has this long to name it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    public static readonly TimeSpan UploadLife = TimeSpan.FromDays(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);

    // Deleting a file takes longer than a statement, and other writers wait meanwhile.
    private const int Batch = 50;

    /// <summary>One pass; answers how many objects went.</summary>
    public async Task<Result<int>> CollectAsync(CancellationToken cancellation)
    {
        if (!(await ForgetUploadsAsync(cancellation)).TryGet(out _, out var problem))
        {
            return problem;
        }

        var before = time.GetUtcNow() - Grace;
        for (var all = 0; ;)
        {
            var unnamed = await database.ReadAsync((session, _) => ArtifactObjectStore.UnnamedAsync(session, before, Batch), cancellation);
            if (unnamed.Count == 0)
            {
                return all;
            }

            if (!(await database.WriteAsync((session, _) => RemoveAsync(session, unnamed, before), cancellation)).TryGet(out var gone, out problem))
            {
                return problem;
            }

            all += gone;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    if (!(await CollectAsync(stoppingToken)).TryGet(out var gone, out var problem))
                    {
                        LogFailed(problem.Message);
                    }
                    else if (gone > 0)
                    {
                        LogCollected(gone);
                    }
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    LogFailed(exception.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops; the next start goes on where this one was.
        }
    }

    private async Task<Result<Unit>> ForgetUploadsAsync(CancellationToken cancellation)
    {
        var stale = await database.ReadAsync((session, _) => UploadStore.StaleAsync(session, time.GetUtcNow() - UploadLife, 1000), cancellation);
        foreach (var id in stale)
        {
            var ended = await database.WriteAsync<Unit>(
                async (session, _) =>
                {
                    await UploadStore.EndAsync(session, id, time.GetUtcNow());
                    return Result.Ok;
                },
                cancellation);
            if (!ended.Succeeded)
            {
                return ended;
            }
        }

        return Result.Ok;
    }

    private async Task<Result<int>> RemoveAsync(IWriteSession session, IReadOnlyList<string> listed, DateTimeOffset before)
    {
        // Asked again: since the list was read some may have got a name, and another replica may have been here.
        var unnamed = (await ArtifactObjectStore.UnnamedAsync(session, before, Batch)).Intersect(listed).ToArray();
        var named = await ArtifactObjectStore.NamedAsync(session, unnamed);
        await ArtifactObjectStore.KeepAsync(session, named);
        string[] left = [.. unnamed.Except(named)];
        foreach (var holder in holders)
        {
            var held = await holder.HeldAsync(session, left);

            // Nobody will tell when another module lets go of it, so it is looked at again tomorrow.
            await ArtifactObjectStore.LookAgainAsync(session, [.. held], time.GetUtcNow() + TimeSpan.FromDays(1));
            left = [.. left.Except(held)];
        }

        foreach (var digest in left)
        {
            await objects.DeleteAsync(digest, CancellationToken.None);
        }

        await ArtifactObjectStore.ForgetAsync(session, left);
        return left.Length;
    }

    [LoggerMessage(LogLevel.Information, "removed {Count} artifact objects that nothing names any more")]
    private partial void LogCollected(int count);

    [LoggerMessage(LogLevel.Warning, "artifact objects could not be collected: {Reason}; they stay, and it is tried again")]
    private partial void LogFailed(string reason);
}
