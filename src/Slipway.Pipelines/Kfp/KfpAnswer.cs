using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Kfp;

/// <summary>
/// Renders values and problems as the v2beta1 API does: <c>{"error", "code", "message", "details"}</c> with the gRPC code, and the HTTP status that belongs to it.
/// </summary>
internal static class KfpAnswer
{
    private const string StatusType = "type.googleapis.com/google.rpc.Status";

    /// <summary>What an operation without a result answers.</summary>
    public static IResult Empty => Results.Text("{}", "application/json");

    public static IResult ToKfpAnswer<T>(this Result<T> result, Func<T, IResult> render) =>
        result.TryGet(out var value, out var problem) ? render(value) : problem.ToKfpAnswer();

    public static IResult ToKfpAnswer<T>(this Result<T> result, JsonTypeInfo<T> type) => result.ToKfpAnswer(value => Results.Json(value, type));

    public static IResult ToKfpAnswer(this Result<Unit> result) => result.ToKfpAnswer(_ => Empty);

    public static IResult ToKfpAnswer(this Problem problem) => new Answer(problem);

    /// <summary>google.rpc.Code by number.</summary>
    public static int CodeOf(ProblemCode code) => code switch
    {
        ProblemCode.Invalid or ProblemCode.TooLarge or ProblemCode.UnsupportedMediaType => 3,
        ProblemCode.DeadlineExceeded => 4,
        ProblemCode.NotFound or ProblemCode.Expired => 5,
        ProblemCode.AlreadyExists => 6,
        ProblemCode.Forbidden => 7,
        ProblemCode.Exhausted => 8,
        ProblemCode.Conflict => 10,
        ProblemCode.Unsupported or ProblemCode.MethodNotAllowed => 12,
        ProblemCode.Unavailable => 14,
        ProblemCode.Unauthenticated => 16,
        _ => 13,
    };

    private sealed class Answer(Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var code = CodeOf(problem.Code);
            var details = new JsonArray(new JsonObject { ["@type"] = StatusType, ["code"] = code, ["message"] = problem.Message });
            foreach (var fault in problem.Faults)
            {
                details.Add(new JsonObject { ["@type"] = "type.googleapis.com/google.rpc.BadRequest.FieldViolation", ["field"] = fault.Path, ["description"] = fault.Message });
            }

            var body = new JsonObject { ["error"] = problem.Message, ["code"] = code, ["message"] = problem.Message, ["details"] = details };
            if (problem.RetryAfter is { } delay)
            {
                httpContext.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            }

            httpContext.Response.StatusCode = ProblemAnswer.StatusOf(problem.Code);
            httpContext.Response.ContentType = "application/json";
            return httpContext.Response.WriteAsync(body.ToJsonString(), httpContext.RequestAborted);
        }
    }
}
