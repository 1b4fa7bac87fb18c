using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Slipway.Kernel.Problems;
using Slipway.Server.Refusals;

namespace Slipway.Server.Hosting;

/// <summary>
/// The outermost edge. A request that HTTP itself refuses (too large, malformed) keeps its status; a problem that had to be thrown is rendered; anything
/// else is our bug: it is logged whole and answered with 500 without its insides.
/// </summary>
internal sealed partial class LastResort(RequestDelegate next, ILogger<LastResort> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; there is nobody to answer.
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            var problem = ProblemOf(exception, http);
            await Refusal.WriteAsync(http, problem);
        }
    }

    private Problem ProblemOf(Exception exception, HttpContext http)
    {
        switch (exception)
        {
            case ProblemException known:
                return known.Problem;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return new Problem(ProblemCode.TooLarge, exception.Message);
            case BadHttpRequestException:
                return Problem.Invalid(exception.Message);
            default:
                LogBug(exception, http.Request.Method, http.Request.Path);
                return new Problem(ProblemCode.Internal, $"an error of this server, not of the request; its log has the details under {http.TraceIdentifier}");
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void LogBug(Exception exception, string method, string path);
}
