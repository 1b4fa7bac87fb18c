using System.Globalization;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>Renders a <see cref="Problem"/> as MLflow's clients expect it: <c>{"error_code": .., "message": ..}</c> with the status of the code.</summary>
public static class MlflowAnswer
{
    /// <summary>Paths whose callers are MLflow clients, whoever answers: routes, access control or the last resort.</summary>
    public static bool Speaks(PathString path) =>
        path.Value is { } text && (text.StartsWith("/api/2.0/mlflow", StringComparison.Ordinal) || text.StartsWith("/api/3.0/mlflow", StringComparison.Ordinal));

    public static IResult ToMlflow(this Problem problem) => new Answer(problem);

    public static Task WriteAsync(HttpContext http, Problem problem)
    {
        if (problem.RetryAfter is { } delay)
        {
            http.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        return MlflowJson.SendAsync(http, MlflowCode.StatusOf(problem), writer =>
        {
            writer.WriteString("error_code", MlflowCode.Of(problem));
            writer.WriteString("message", problem.Message);
        });
    }

    private sealed class Answer(Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, problem);
    }
}
