using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http;

/// <summary>Renders a <see cref="Problem"/> for our own API as RFC 9457 <c>application/problem+json</c>. Other API families have their own renderer.</summary>
public static class ProblemAnswer
{
    public static int StatusOf(ProblemCode code) => code switch
    {
        ProblemCode.Invalid => StatusCodes.Status400BadRequest,
        ProblemCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        ProblemCode.Forbidden => StatusCodes.Status403Forbidden,
        ProblemCode.NotFound => StatusCodes.Status404NotFound,
        ProblemCode.MethodNotAllowed => StatusCodes.Status405MethodNotAllowed,
        ProblemCode.AlreadyExists or ProblemCode.Conflict => StatusCodes.Status409Conflict,
        ProblemCode.Expired => StatusCodes.Status410Gone,
        ProblemCode.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ProblemCode.UnsupportedMediaType => StatusCodes.Status415UnsupportedMediaType,
        ProblemCode.Exhausted => StatusCodes.Status429TooManyRequests,
        ProblemCode.Unsupported => StatusCodes.Status501NotImplemented,
        ProblemCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
        ProblemCode.DeadlineExceeded => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    public static IResult ToAnswer(this Problem problem) => new Answer(problem);

    /// <summary>The value rendered by <paramref name="render"/>, or the problem.</summary>
    public static IResult ToAnswer<T>(this Result<T> result, Func<T, IResult> render) =>
        result.TryGet(out var value, out var problem) ? render(value) : problem.ToAnswer();

    private sealed class Answer(Problem problem) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var body = new JsonObject
            {
                ["type"] = $"https://slipway.dev/problems/{problem.Code}",
                ["title"] = problem.Code.ToString(),
                ["status"] = StatusOf(problem.Code),
                ["detail"] = problem.Message,
            };
            if (problem.Faults.Count > 0)
            {
                body["errors"] = new JsonArray([.. problem.Faults.Select(f => new JsonObject { ["path"] = f.Path, ["message"] = f.Message })]);
            }

            if (problem.RetryAfter is { } delay)
            {
                httpContext.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            }

            httpContext.Response.StatusCode = StatusOf(problem.Code);
            httpContext.Response.ContentType = "application/problem+json";
            await httpContext.Response.WriteAsync(body.ToJsonString(), httpContext.RequestAborted);
        }
    }
}
