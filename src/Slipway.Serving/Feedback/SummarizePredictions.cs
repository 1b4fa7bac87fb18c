using Microsoft.AspNetCore.Http;
using Slipway.Platform.Http;
using Slipway.Serving.Predictions;

namespace Slipway.Serving.Feedback;

/// <summary>
/// <c>GET .../inferenceservices/{name}/predictions/summary?from=&amp;until=</c>: how many predictions with from &lt;= event time &lt; until are on disk.
/// Both bounds are optional. What this server has answered is written first.
/// </summary>
internal sealed class SummarizePredictions(ServicePath path, PredictionStore store, LogFlush flush)
{
    private static readonly DateTimeOffset Latest = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public async Task<IResult> HandleAsync(HttpContext http)
    {
        if (!(await path.FindAsync(http)).TryGet(out var service, out var problem)
            || !ServicePath.Time(http, "from", DateTimeOffset.MinValue).TryGet(out var from, out problem)
            || !ServicePath.Time(http, "until", Latest).TryGet(out var until, out problem)
            || !(await flush.RunAsync(http.RequestAborted)).TryGet(out _, out problem))
        {
            return problem.ToAnswer();
        }

        var summary = await store.SummarizeAsync(service.Namespace, service.Name, from, until, http.RequestAborted);
        return Results.Json(summary, FeedbackJson.Default.PredictionSummary);
    }
}
