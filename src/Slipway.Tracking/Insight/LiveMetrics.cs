using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Tracking.Domain;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Insight;

/// <summary>
/// <c>GET /runs/{id}/live-metrics</c>: server-sent events. First <c>current</c> with the current point of each metric, then <c>points</c> with whatever is
/// logged through this server, as [{key, value, step, time}]; <c>missed</c> {points} when they come faster than the caller reads.
/// </summary>
internal static class LiveMetrics
{
    // Proxies close what is silent for long.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    public static void Map(IEndpointRouteBuilder runs) => runs.MapGet("/{id}/live-metrics", HandleAsync).RequirePermission("runs.read");

    private static async Task HandleAsync(HttpContext http, string ns, string id, MetricFeed feed, IDatabase database, TimeProvider time)
    {
        var cancellation = http.RequestAborted;
        if (RunRules.Check(ns, id) is { } bad)
        {
            await bad.ToAnswer().ExecuteAsync(http);
            return;
        }

        // Watching before reading: what is logged in between comes twice rather than never.
        using var watcher = feed.Watch(ns, id);
        var current = await database.ReadAsync(
            async (session, _) => await RunStore.FindKeyAsync(session, ns, id) is { } run ? (await MetricStore.LatestAsync(session, [run.Number]))[run.Number].ToArray() : null,
            cancellation);
        if (current is null)
        {
            await Problem.NotFound($"run {id} in namespace {ns}").ToAnswer().ExecuteAsync(http);
            return;
        }

        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache";
        await SendAsync(http, "current", current);
        while (!cancellation.IsCancellationRequested)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            using var timer = time.CreateTimer(s => ((CancellationTokenSource)s!).Cancel(), silence, Silence, Timeout.InfiniteTimeSpan);
            try
            {
                var batch = await watcher.Batches.ReadAsync(silence.Token);
                await SendAsync(http, "points", batch);
                if (watcher.TakeMissed() is > 0 and var missed)
                {
                    await http.Response.WriteAsync($"event: missed\ndata: {{\"points\":{missed}}}\n\n", cancellation);
                }
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                await http.Response.WriteAsync(": still here\n\n", cancellation);
            }

            await http.Response.Body.FlushAsync(cancellation);
        }
    }

    private static async Task SendAsync(HttpContext http, string name, IReadOnlyList<PointRow> points)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * (points.Count + 1));
        buffer.Write(System.Text.Encoding.ASCII.GetBytes($"event: {name}\ndata: "));
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (var point in points)
            {
                writer.WriteStartObject();
                writer.WriteString("key", point.Key);
                if (double.IsFinite(point.Shown))
                {
                    writer.WriteNumber("value", point.Shown);
                }
                else
                {
                    writer.WriteString("value", double.IsNaN(point.Shown) ? "NaN" : point.Shown > 0 ? "Infinity" : "-Infinity");
                }

                writer.WriteNumber("step", point.Step);
                writer.WriteString("time", Micros.ToTime(point.Time));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        buffer.Write("\n\n"u8);
        await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }
}
