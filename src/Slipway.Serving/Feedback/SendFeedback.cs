using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Feedback;

/// <summary>
/// <c>POST /api/slipway/v1/namespaces/{ns}/inferenceservices/{name}/feedback</c> with
/// <c>{"labels":[{"id","value"}],"watermark"}</c>: true values, and "all labels of predictions before this instant have been sent".
/// All of a request is kept, or nothing. Sending it again changes nothing.
/// </summary>
internal sealed class SendFeedback(ServicePath path, FeedbackStore store, LogFlush flush, ServingOptions options)
{
    public async Task<IResult> HandleAsync(HttpContext http)
    {
        if (!(await path.FindAsync(http)).TryGet(out var service, out var problem))
        {
            return problem.ToAnswer();
        }

        var body = await JsonBody.ReadObjectAsync(http.Request, http.RequestAborted, options.MaxFeedbackBytes);
        if (!body.Then(FeedbackRequest.Read).TryGet(out var request, out problem))
        {
            return problem.ToAnswer();
        }

        // A closed window does not change any more: what has been answered must be in it.
        if (request.Watermark is not null && (await flush.RunAsync(http.RequestAborted)).Problem is { } notFlushed)
        {
            return Problem.Unavailable($"The watermark was not moved: {notFlushed.Message}", TimeSpan.FromSeconds(1)).ToAnswer();
        }

        var accepted = await store.AcceptAsync(service.Namespace, service.Name, request.Labels, request.Watermark, http.RequestAborted);
        return accepted.ToAnswer(done => Results.Json(
            new FeedbackAnswer(
                done.Stored,
                done.Closed is { } w ? new WindowAnswer(w.Number, EventTime.Write(w.From), EventTime.Write(w.Until)) : null),
            FeedbackJson.Default.FeedbackAnswer));
    }
}
