using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Http;
using Slipway.Serving.Inference;

namespace Slipway.Serving.Invocations;

/// <summary>A problem as MLflow's scoring server says it: <c>{"error_code", "message"}</c>.</summary>
internal static class InvocationAnswer
{
    public static Task WriteAsync(HttpContext http, Problem problem)
    {
        OipAnswer.SetHeaders(http, problem);
        return OipAnswer.WriteAsync(http, ProblemAnswer.StatusOf(problem.Code), writer =>
        {
            writer.WriteString("error_code", problem.Code switch
            {
                ProblemCode.Invalid or ProblemCode.UnsupportedMediaType => "BAD_REQUEST",
                ProblemCode.NotFound => "RESOURCE_DOES_NOT_EXIST",
                ProblemCode.TooLarge => "REQUEST_LIMIT_EXCEEDED",
                ProblemCode.Unavailable or ProblemCode.Exhausted => "TEMPORARILY_UNAVAILABLE",
                _ => "INTERNAL_ERROR",
            });
            writer.WriteString("message", problem.Message);
        });
    }
}
