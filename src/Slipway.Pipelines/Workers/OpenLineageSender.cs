using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Slipway.Pipelines.Lineage;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Events;

namespace Slipway.Pipelines.Workers;

/// <summary>
/// Sends OpenLineage events to an HTTP endpoint and a file, when either is set. It follows the event log from where it was: each event goes out at least once,
/// also over a restart, and a sink that is away holds up nothing but the sender.
/// </summary>
internal sealed partial class OpenLineageSender(
    PipelinesOptions options, RunStore store, IEventLog events, TimeProvider time, ILogger<OpenLineageSender> logger) : BackgroundService
{
    private static readonly TimeSpan MostWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

    private string CursorFile => Path.Combine(options.Folder!, "openlineage.cursor");

    public override void Dispose()
    {
        _http.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.OpenLineageUrl is null && options.OpenLineageFile is null)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                // The database or the disk may be away for a moment; the server must not end for that.
                LogAway(exception.Message);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellation)
    {
        await foreach (var e in events.FollowAsync(await CursorAsync(cancellation), new EventFilter("pipeline.run."), cancellation))
        {
            foreach (var made in await EventsOfAsync(e, cancellation))
            {
                await SendAsync(made.ToJsonString(), cancellation);
            }

            Directory.CreateDirectory(options.Folder!);
            await File.WriteAllTextAsync(CursorFile, e.Sequence.ToString(CultureInfo.InvariantCulture), cancellation);
        }
    }

    private async Task<long> CursorAsync(CancellationToken cancellation) =>
        File.Exists(CursorFile) && long.TryParse(await File.ReadAllTextAsync(CursorFile, cancellation), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            ? sequence
            : await events.HeadAsync(cancellation);

    private async Task<IReadOnlyList<JsonObject>> EventsOfAsync(Event e, CancellationToken cancellation)
    {
        var id = (string?)JsonNode.Parse(e.Payload.Span)?["id"] ?? "";
        if (e.Type is not ("pipeline.run.submitted" or "pipeline.run.finished") || await store.FindWithTasksAsync(id, cancellation) is not var (run, tasks))
        {
            return [];
        }

        return e.Type == "pipeline.run.submitted"
            ? [OpenLineageEvents.Started(run)]
            : [.. OpenLineageEvents.Ended(run, tasks, await store.ArtifactsAsync(id, cancellation))];
    }

    private async Task SendAsync(string line, CancellationToken cancellation)
    {
        for (var wait = TimeSpan.FromSeconds(1); ; wait = wait * 2 < MostWait ? wait * 2 : MostWait)
        {
            try
            {
                if (options.OpenLineageUrl is { } url)
                {
                    using var content = new StringContent(line, Encoding.UTF8, "application/json");
                    using var answer = await _http.PostAsync(new Uri(url), content, cancellation);

                    // What the sink does not understand it will not understand later either.
                    if ((int)answer.StatusCode is >= 400 and < 500 and not (408 or 429))
                    {
                        LogRefused((int)answer.StatusCode);
                    }
                    else
                    {
                        answer.EnsureSuccessStatusCode();
                    }
                }

                if (options.OpenLineageFile is { } file)
                {
                    await File.AppendAllTextAsync(file, line + "\n", cancellation);
                }

                return;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or TaskCanceledException && !cancellation.IsCancellationRequested)
            {
                LogAway(exception.Message);
                await Task.Delay(wait, time, cancellation);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The OpenLineage endpoint refused an event with status {Status}")]
    private partial void LogRefused(int status);

    [LoggerMessage(LogLevel.Warning, "OpenLineage events cannot be sent, trying again: {Reason}")]
    private partial void LogAway(string reason);
}
