using System.Globalization;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Feedback;

/// <summary><c>GET .../inferenceservices/{name}/windows?after=</c>: the closed feedback windows with a number above <c>after</c>, in order.</summary>
internal sealed class ListWindows(ServicePath path, FeedbackStore store)
{
    public async Task<IResult> HandleAsync(HttpContext http)
    {
        if (!(await path.FindAsync(http)).TryGet(out var service, out var problem))
        {
            return problem.ToAnswer();
        }

        var text = http.Request.Query["after"].ToString();
        var after = 0;
        if (text.Length > 0 && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            return Problem.Invalid($"after: '{text}' is not a window's number").ToAnswer();
        }

        var windows = await store.WindowsAsync(service.Namespace, service.Name, after, http.RequestAborted);
        return Results.Json(
            new WindowsAnswer([.. windows.Select(w => new WindowAnswer(w.Number, EventTime.Write(w.From), EventTime.Write(w.Until)))]),
            FeedbackJson.Default.WindowsAnswer);
    }
}
