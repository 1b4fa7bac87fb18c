using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Slipway.Pipelines.Kfp;
using Slipway.Pipelines.Runs;
using Slipway.Platform.Http;

namespace Slipway.Pipelines.RunApi;

/// <summary>
/// <c>GET /runs/{run}/nodes/{node}/log?follow=true</c>: a task's log as text; the node is a task's id, or its path as <c>pod_name</c> tells it. With follow it goes on
/// until the task has ended.
/// </summary>
internal static class ReadNodeLog
{
    public static void Map(IEndpointRouteBuilder kfp) => kfp.MapGet("/runs/{run_id}/nodes/{node_id}/log", HandleAsync).RequirePermission("pipelineruns.read");

    private static async Task<IResult> HandleAsync(
        [FromRoute(Name = "run_id")] string run, [FromRoute(Name = "node_id")] string node, HttpRequest request, LogService logs, CancellationToken cancellation)
    {
        // A path has slashes, which come escaped in an address.
        var found = await logs.FindAsync(null, run, Uri.UnescapeDataString(node), null, cancellation);
        var follow = bool.TryParse(request.Query["follow"], out var asked) && asked;
        return found.ToKfpAnswer(place => new NodeLog(logs, place, follow));
    }

    private sealed class NodeLog(LogService logs, LogPlace place, bool follow) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var (response, gone) = (httpContext.Response, httpContext.RequestAborted);
            response.ContentType = "text/plain; charset=utf-8";
            try
            {
                if (!follow)
                {
                    await foreach (var line in logs.ReadAsync(place, 0, null, gone))
                    {
                        await response.WriteAsync(line.Continues ? line.Text : line.Text + "\n", gone);
                    }

                    return;
                }

                await foreach (var (_, line) in logs.FollowAsync(place, 0, 0, gone))
                {
                    await response.WriteAsync(line.Continues ? line.Text : line.Text + "\n", gone);
                    await response.Body.FlushAsync(gone);
                }
            }
            catch (OperationCanceledException) when (gone.IsCancellationRequested)
            {
                // The reader has gone.
            }
        }
    }
}
