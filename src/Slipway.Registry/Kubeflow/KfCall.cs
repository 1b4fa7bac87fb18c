using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Registry.Catalog;
using Slipway.Registry.Http;
using Slipway.Registry.Writes;

namespace Slipway.Registry.Kubeflow;

/// <summary>One call of the Kubeflow API: whose namespace (header <c>X-Namespace</c>, else <c>default</c>), and how it is answered.</summary>
internal sealed record KfCall(HttpContext Http, string Namespace)
{
    public const string Root = "/api/model_registry/v1alpha3";

    public CancellationToken Cancellation => Http.RequestAborted;

    private IDatabase Database => Http.RequestServices.GetRequiredService<IDatabase>();

    /// <summary>The <c>{id}</c> of the path; 0 is the id of nothing.</summary>
    public long Id => long.TryParse((string?)Http.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;

    public string? Query(string name) => Http.Request.Query[name].FirstOrDefault() is { Length: > 0 } value ? value : null;

    public Task<T> ReadAsync<T>(Func<IReadSession, Task<T>> work) => Database.ReadAsync((session, _) => work(session), Cancellation);

    public Task<Result<T>> WriteAsync<T>(Func<IWriteSession, Change, Task<Result<T>>> work)
    {
        var change = Change.By(Namespace, Http.RequestServices.GetRequiredService<TimeProvider>());
        return Database.WriteAsync((session, _) => work(session, change), Cancellation);
    }

    public async Task<Result<KfBody>> BodyAsync() => (await OwnApi.BodyAsync(Http.Request, Cancellation)).Select(json => new KfBody(json));

    public static Problem NoSuch(string what, long id) => Problem.NotFound($"{what} with id {id}");
}

/// <summary>Declares a route, and renders what its handler answers.</summary>
internal static class KfRoute
{
    public static void Map(
        this IEndpointRouteBuilder routes, string method, string path, string permission, Func<KfCall, Task<Result<JsonObject>>> handler, int status = StatusCodes.Status200OK) =>
        routes.MapMethods($"{KfCall.Root}/{path}", [method], (RequestDelegate)(async http =>
        {
            var answer = await RunAsync(http, handler);
            await (answer.TryGet(out var body, out var problem) ? Send(http, status, body) : SendAsync(http, problem));
        })).RequirePermission(permission);

    private static async Task<Result<JsonObject>> RunAsync(HttpContext http, Func<KfCall, Task<Result<JsonObject>>> handler)
    {
        var ns = http.Request.Headers["X-Namespace"].FirstOrDefault() ?? "default";
        if (Requests.Check(ns) is { } bad)
        {
            return bad;
        }

        try
        {
            return await handler(new KfCall(http, ns));
        }
        catch (ProblemException thrown)
        {
            return thrown.Problem;
        }
    }

    private static Task SendAsync(HttpContext http, Problem problem)
    {
        var status = ProblemAnswer.StatusOf(problem.Code);
        return Send(http, status, new JsonObject { ["code"] = status.ToString(CultureInfo.InvariantCulture), ["message"] = problem.Message });
    }

    private static Task Send(HttpContext http, int status, JsonObject body)
    {
        http.Response.StatusCode = status;
        return OwnApi.Json(body).ExecuteAsync(http);
    }
}
