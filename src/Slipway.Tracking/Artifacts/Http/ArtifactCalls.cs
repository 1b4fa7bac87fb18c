using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Tracking.Artifacts.Http;

/// <summary>What the routes share that carry files instead of JSON.</summary>
internal static class ArtifactCalls
{
    /// <summary>Runs <paramref name="handle"/>; what it throws or answers as a problem is told in MLflow's form.</summary>
    public static RequestDelegate Handle(Func<HttpContext, Task<Problem?>> handle) => async http =>
    {
        if (await RunAsync(http, handle) is { } problem && !http.Response.HasStarted)
        {
            await MlflowAnswer.WriteAsync(http, problem);
        }
    };

    /// <summary>The request's body, however long: files are not held to the limit that Kestrel sets for messages.</summary>
    public static Stream Body(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        return http.Request.Body;
    }

    /// <summary><c>{}</c>, and the content's tag for callers that check what arrived.</summary>
    public static async Task<Problem?> DoneAsync(HttpContext http, string? digest)
    {
        if (digest is not null)
        {
            http.Response.Headers.ETag = $"\"{digest}\"";
        }

        http.Response.ContentType = "application/json";
        http.Response.ContentLength = 2;
        await http.Response.WriteAsync("{}", http.RequestAborted);
        return null;
    }

    private static async Task<Problem?> RunAsync(HttpContext http, Func<HttpContext, Task<Problem?>> handle)
    {
        try
        {
            return await handle(http);
        }
        catch (ProblemException thrown) when (!http.Response.HasStarted)
        {
            return thrown.Problem;
        }
        catch (Exception broken) when (broken is BadHttpRequestException or ConnectionResetException)
        {
            // The caller went, or sent less than it announced; what had arrived is gone already.
            return Problem.Invalid("the upload broke off before its end; nothing was kept: send it again") with { Reason = MlflowCode.BadRequest };
        }
    }
}
