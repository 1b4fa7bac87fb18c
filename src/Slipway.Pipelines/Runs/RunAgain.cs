using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Contracts.Pipelines.Ports;
using Slipway.Kernel.Problems;
using Slipway.Pipelines.Storage;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.Runs;

/// <summary>
/// <c>POST .../pipelineruns/{id}/retry</c>: what failed runs again, with what follows it. <c>.../rerun {"task"}</c>: that task and what follows it.
/// <c>.../clone {"parameters"}</c>: 201 with a new run with other parameters.
/// </summary>
internal static class RunAgain
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        const string Run = "/api/slipway/v1/namespaces/{ns}/pipelineruns/{id}";
        routes.MapPost(Run + "/retry", RetryAsync).RequirePermission("pipelineruns.create");
        routes.MapPost(Run + "/rerun", RerunAsync).RequirePermission("pipelineruns.create");
        routes.MapPost(Run + "/clone", CloneAsync).RequirePermission("pipelineruns.create");
    }

    private static Task<IResult> RetryAsync(string ns, string id, RunService service, IPipelineRuns runs, CancellationToken cancellation) =>
        ForAsync(ns, id, runs, () => service.RetryAsync(id, cancellation), cancellation);

    private static async Task<IResult> RerunAsync(string ns, string id, HttpRequest request, RunService service, IPipelineRuns runs, CancellationToken cancellation)
    {
        if (!(await JsonBody.ReadObjectAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToAnswer();
        }

        return body["task"] is JsonValue value && value.TryGetValue<string>(out var task) && task.Length > 0
            ? await ForAsync(ns, id, runs, () => service.RerunAsync(id, task, cancellation), cancellation)
            : Problem.Invalid([new Fault("task", "is required: the path of the task to begin with, such as train")]).ToAnswer();
    }

    private static async Task<IResult> CloneAsync(string ns, string id, HttpRequest request, RunService service, IPipelineRuns runs, CancellationToken cancellation)
    {
        if (!(await JsonBody.ReadObjectAsync(request, cancellation)).TryGet(out var body, out var problem))
        {
            return problem.ToAnswer();
        }

        if (body["parameters"] is not (null or JsonObject))
        {
            return Problem.Invalid([new Fault("parameters", "must be an object")]).ToAnswer();
        }

        return await ForAsync(ns, id, runs, () => service.CloneAsync(id, body["parameters"] as JsonObject ?? [], cancellation), cancellation, StatusCodes.Status201Created);
    }

    private static async Task<IResult> ForAsync(
        string ns, string id, IPipelineRuns runs, Func<Task<Result<RunRow>>> act, CancellationToken cancellation, int status = StatusCodes.Status200OK)
    {
        // Looked for in the namespace first: a run is not to be touched through another one's path.
        if (!(await runs.GetAsync(ns, id, cancellation)).TryGet(out _, out var problem) || !(await act()).TryGet(out var run, out problem))
        {
            return problem.ToAnswer();
        }

        return (await runs.GetAsync(ns, run.Id, cancellation)).ToAnswer(r => Results.Json(RunWire.Of(r), RunWireContext.Default.RunWire, statusCode: status));
    }
}
