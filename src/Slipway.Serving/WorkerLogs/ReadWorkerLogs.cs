using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Slipway.Compute.Logs;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Domain;
using Slipway.Serving.Feedback;

namespace Slipway.Serving.WorkerLogs;

/// <summary>
/// <c>GET .../inferenceservices/{name}/logs?component=predictor|transformer|explainer&amp;revision=NAME-00001&amp;tail=100&amp;follow=true</c>: what the worker processes of a
/// revision (the newest) printed on this server, as plain text, a line each: time, worker, stream, text. With <c>follow</c> the answer goes on as lines come.
/// </summary>
internal sealed class ReadWorkerLogs(ServicePath path, WorkerLogReader logs, IHostApplicationLifetime life)
{
    private const int UsualLines = 100;
    private const int MostLines = 10_000;

    private static readonly string[] Components = [WorkerLogReader.PredictorComponent, CodeSpec.Transformer, CodeSpec.Explainer];

    public async Task<IResult> HandleAsync(HttpContext http)
    {
        if (!(await path.FindAsync(http)).TryGet(out var service, out var problem) || !Read(http.Request.Query).TryGet(out var asked, out problem)
            || !logs.Find(service.Namespace, service.Name, asked.Component, asked.Revision).TryGet(out var folder, out problem))
        {
            return problem.ToAnswer();
        }

        return new Lines(asked.Follows ? null : await logs.TailAsync(folder, asked.Lines, http.RequestAborted), token => logs.FollowAsync(folder, asked.Lines, token), life);
    }

    private static Result<(string Component, string? Revision, int Lines, bool Follows)> Read(IQueryCollection query)
    {
        var faults = new List<Fault>();
        var component = query["component"].ToString() is { Length: > 0 } given ? given : WorkerLogReader.PredictorComponent;
        if (!Components.Contains(component))
        {
            faults.Add(new Fault("component", $"'{component}' is none of {string.Join(", ", Components)}"));
        }

        var lines = UsualLines;
        if (query["tail"].ToString() is { Length: > 0 } tail
            && !(int.TryParse(tail, NumberStyles.None, CultureInfo.InvariantCulture, out lines) && lines is > 0 and <= MostLines))
        {
            faults.Add(new Fault("tail", $"'{tail}' is not a number of lines from 1 to {MostLines}"));
        }

        var follow = query["follow"].ToString();
        if (follow is not ("" or "true" or "false"))
        {
            faults.Add(new Fault("follow", $"'{follow}' is neither true nor false"));
        }

        return faults.Count > 0 ? Problem.Invalid(faults) : (component, query["revision"].ToString() is { Length: > 0 } revision ? revision : null, lines, follow == "true");
    }

    /// <param name="ready">What there is; null to go on as lines come.</param>
    private sealed class Lines(IReadOnlyCollection<WorkerLine>? ready, Func<CancellationToken, IAsyncEnumerable<WorkerLine>> follow, IHostApplicationLifetime life) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = "text/plain; charset=utf-8";
            if (ready is not null)
            {
                var text = new StringBuilder();
                foreach (var line in ready)
                {
                    Append(text, line);
                }

                await response.WriteAsync(text.ToString(), httpContext.RequestAborted);
                return;
            }

            // A reader must not hold a server that stops.
            using var until = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, life.ApplicationStopping);
            try
            {
                await response.StartAsync(until.Token);
                await foreach (var line in follow(until.Token))
                {
                    await response.WriteAsync(Append(new StringBuilder(), line).ToString(), until.Token);
                    await response.Body.FlushAsync(until.Token);
                }
            }
            catch (OperationCanceledException) when (until.IsCancellationRequested)
            {
                // The reader has gone, or the server stops.
            }
        }

        private static StringBuilder Append(StringBuilder to, WorkerLine line) => to
            .Append(line.Line.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)).Append(' ').Append(line.Worker).Append(' ')
            .Append(line.Line.Stream switch { LogStream.Output => "stdout", LogStream.Error => "stderr", _ => "server" }).Append(' ').Append(line.Line.Text).Append('\n');
    }
}
