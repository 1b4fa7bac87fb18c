using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Compute.Logs;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Logs;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Runs;

/// <summary>
/// <c>GET .../pipelineruns/{id}/log?task=PATH&amp;attempt=N&amp;from=OFFSET&amp;tail=LINES&amp;follow=true</c>: the log of a task's newest attempt, or of the one named. Plain text;
/// with <c>follow</c> server-sent events, one a line, whose ids are where to go on from (<c>Last-Event-ID</c>), over all attempts, and <c>event: end</c> at the task's end.
/// </summary>
internal static class ReadLog
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/slipway/v1/namespaces/{ns}/pipelineruns/{id}/log", HandleAsync).RequirePermission("pipelineruns.read");

    private static async Task<IResult> HandleAsync(
        string ns, string id, string? task, string? attempt, string? from, string? tail, string? follow, HttpContext http, LogService logs, CancellationToken cancellation)
    {
        var faults = new List<Fault>();
        var number = Number("attempt", attempt, 1, faults);
        var offset = Number("from", from, 0, faults);
        var lines = Number("tail", tail, 0, faults);
        if (string.IsNullOrEmpty(task))
        {
            faults.Add(new Fault("task", "is required: the task's path, such as train or for-loop-1[3]/train"));
        }

        if (faults.Count > 0)
        {
            return Problem.Invalid(faults).ToAnswer();
        }

        if (!(await logs.FindAsync(ns, id, task!, number, cancellation)).TryGet(out var place, out var problem))
        {
            return problem.ToAnswer();
        }

        if (!string.Equals(follow, "true", StringComparison.OrdinalIgnoreCase))
        {
            return new PlainLog(logs.ReadAsync(place, offset ?? 0, lines, cancellation));
        }

        // A browser that reconnects says where it was: attempt and offset.
        var last = http.Request.Headers["Last-Event-ID"].ToString().Split(':');
        var resumed = last.Length == 2 && long.TryParse(last[0], out var a) && long.TryParse(last[1], out var o) ? (Attempt: a, Offset: o) : (Attempt: 0L, Offset: offset ?? 0);
        return new LiveLog(logs.FollowAsync(place, resumed.Attempt, resumed.Offset, cancellation));
    }

    private static long? Number(string name, string? text, long least, List<Fault> faults)
    {
        if (text is null)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least)
        {
            return number;
        }

        faults.Add(new Fault(name, $"'{text}' must be a whole number from {least}"));
        return null;
    }

    private sealed class PlainLog(IAsyncEnumerable<LogLine> lines) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "text/plain; charset=utf-8";
            await foreach (var line in lines)
            {
                await httpContext.Response.WriteAsync(line.Continues ? line.Text : line.Text + "\n", httpContext.RequestAborted);
            }
        }
    }

    private sealed class LiveLog(IAsyncEnumerable<(long Attempt, LogLine Line)> lines) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-cache";
            try
            {
                await foreach (var (attempt, line) in lines)
                {
                    var data = JsonSerializer.Serialize(new LogLineWire(attempt, line.Time, line.Stream.ToString(), line.Text), RunWireContext.Default.LogLineWire);
                    await response.WriteAsync($"id: {attempt}:{line.Next}\ndata: {data}\n\n", httpContext.RequestAborted);
                    await response.Body.FlushAsync(httpContext.RequestAborted);
                }

                await response.WriteAsync("event: end\ndata: {}\n\n", httpContext.RequestAborted);
            }
            catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
            {
                // The reader has gone.
            }
        }
    }
}
