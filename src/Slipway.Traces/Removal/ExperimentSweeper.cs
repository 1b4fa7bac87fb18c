using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Contracts.Tracking.Ports;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Events;
using Slipway.Traces.Infos;
using Slipway.Traces.Storage;

namespace Slipway.Traces.Removal;

/// <summary>
/// Follows <c>experiment.removed</c>: what was traced in an experiment goes with it. Doing it again changes nothing, so every replica may, and a server that
/// was stopped in between goes on where it was.
/// </summary>
internal sealed partial class ExperimentSweeper(
    IDatabase database, IEventLog events, IArtifactFiles files, TimeProvider time, ILogger<ExperimentSweeper> log) : BackgroundService
{
    private const string Removed = "experiment.removed";
    private const string Subject = "experiments/";

    // Others write in between.
    private const int AtATime = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                LogTrouble(e);
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        var after = await database.ReadAsync((session, _) => RemovalStore.MarkAsync(session), cancellation);
        await foreach (var removed in events.FollowAsync(after, new EventFilter(Removed), cancellation))
        {
            if (removed is { Namespace: { } ns, Subject: { } subject } && subject.StartsWith(Subject, StringComparison.Ordinal))
            {
                await SweepAsync(ns, subject[Subject.Length..], cancellation);
            }

            (await database.WriteAsync<Unit>(
                async (session, _) =>
                {
                    await RemovalStore.SetMarkAsync(session, removed.Sequence);
                    return Result.Ok;
                },
                cancellation)).OrThrow();
        }
    }

    private async Task SweepAsync(string ns, string experiment, CancellationToken cancellation)
    {
        while ((await DeleteTraces.RunAsync(database, files, ns, experiment, long.MaxValue, AtATime, [], cancellation)).OrThrow() > 0)
        {
        }

        (await database.WriteAsync<Unit>(
            async (session, _) =>
            {
                await RemovalStore.RemoveRestAsync(session, ns, experiment);
                return Result.Ok;
            },
            cancellation)).OrThrow();
    }

    [LoggerMessage(LogLevel.Warning, "Traces of removed experiments could not be deleted; it is tried again")]
    private partial void LogTrouble(Exception exception);
}
