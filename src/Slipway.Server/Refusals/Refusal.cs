using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Grpc;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Server.Refusals;

/// <summary>A problem found before or behind a handler, said in the form of the API that was called: its clients look for their own.</summary>
internal static class Refusal
{
    private static readonly string[] InferencePaths = ["/v2", "/v1/models", "/serving"];

    public static Task WriteAsync(HttpContext http, Problem problem)
    {
        if (GrpcAnswer.IsGrpc(http.Request))
        {
            return GrpcAnswer.RefuseAsync(http, problem);
        }

        if (MlflowAnswer.Speaks(http.Request.Path))
        {
            return problem.ToMlflow().ExecuteAsync(http);
        }

        if (Array.Exists(InferencePaths, path => http.Request.Path.StartsWithSegments(path)))
        {
            http.Response.StatusCode = ProblemAnswer.StatusOf(problem.Code);
            http.Response.ContentType = "application/json";
            return http.Response.WriteAsync(new JsonObject { ["error"] = problem.Message }.ToJsonString(), http.RequestAborted);
        }

        return problem.ToAnswer().ExecuteAsync(http);
    }
}
