using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;

namespace Slipway.Platform.Http.Mlflow;

/// <summary>
/// Declares a route of MLflow's API. <c>/ajax-api/..</c> needs no declaration: <see cref="AjaxPrefix"/> turns it into <c>/api/..</c>.
/// <code>routes.MapMlflow("POST", "2.0/mlflow/runs/create", CreateRun.HandleAsync).RequirePermission("runs.write");</code>
/// </summary>
public static class MlflowRoutes
{
    /// <summary>What a request body may have at most, unless the route says otherwise: room for a large schema or signature.</summary>
    public const int MostBytes = 16 * 1024 * 1024;

    /// <param name="path">After <c>/api/</c>: <c>2.0/mlflow/runs/get</c>.</param>
    public static IEndpointConventionBuilder MapMlflow(
        this IEndpointRouteBuilder routes, string method, string path, MlflowHandler handler, int mostBytes = MostBytes) =>
        routes.MapMethods($"/api/{path}", [method], (RequestDelegate)(http => RunAsync(http, handler, mostBytes)))
            .WithMetadata(new MlflowOperation(method, path, handler));

    private static async Task RunAsync(HttpContext http, MlflowHandler handler, int mostBytes)
    {
        var answer = await HandleAsync(http, handler, mostBytes);
        await (answer.TryGet(out var reply, out var problem) ? reply.WriteAsync(http) : MlflowAnswer.WriteAsync(http, problem));
    }

    private static async Task<Result<MlflowReply>> HandleAsync(HttpContext http, MlflowHandler handler, int mostBytes)
    {
        if (!MlflowWorkspace.Of(http.Request).TryGet(out var workspace, out var problem))
        {
            return problem;
        }

        if (!(await MlflowRequest.ReadAsync(http.Request, mostBytes, http.RequestAborted)).TryGet(out var request, out problem))
        {
            return problem;
        }

        using (request)
        {
            try
            {
                return await handler(new MlflowCall(http, workspace, request.Fields));
            }
            catch (ProblemException thrown)
            {
                return thrown.Problem;
            }
        }
    }
}

/// <summary>The operation behind a route, for those who ask for it by another way than its path.</summary>
internal sealed record MlflowOperation(string Method, string Path, MlflowHandler Handler);
