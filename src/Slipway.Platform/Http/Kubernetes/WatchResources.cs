using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Slipway.Kernel.Problems;
using Slipway.Platform.Resources;
using Slipway.Platform.Resources.Storage;

namespace Slipway.Platform.Http.Kubernetes;

/// <summary><c>GET</c> with <c>watch=1</c>: what is there (when no moment to start from is given), then every change as it happens.</summary>
internal static class WatchResources
{
    /// <summary>Long enough to be rare, short enough that a dead peer is noticed; as in Kubernetes.</summary>
    private const int DefaultSeconds = 1800;

    private const int MostSeconds = 24 * 3600;

    public static async Task<Problem?> RunAsync(ApiCall call)
    {
        var seconds = DefaultSeconds;
        if (call.Query("timeoutSeconds") is { Length: > 0 } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds) || seconds > MostSeconds))
        {
            return Problem.Invalid($"timeoutSeconds must be between 0 and {MostSeconds}, not '{text}'");
        }

        if (!call.ReadListQuery().TryGet(out var query, out var problem) || !call.ReadVersion().TryGet(out var version, out problem))
        {
            return problem;
        }

        if (call.Query("sendInitialEvents") is not null && call.Query("resourceVersionMatch") != "NotOlderThan")
        {
            return Problem.Invalid([new Fault("resourceVersionMatch", "Forbidden: sendInitialEvents needs resourceVersionMatch=NotOlderThan")]);
        }

        if (call.Target.Name.Length > 0)
        {
            query = query with { FieldSelector = $"metadata.name={call.Target.Name}" };
        }

        if (!WatchStream.Create(call, query with { Limit = 0, Continue = null }).TryGet(out var stream, out problem))
        {
            return problem;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation, call.Services.Stopping);
        using var timer = call.Services.Time.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), end, TimeSpan.FromSeconds(seconds == 0 ? DefaultSeconds : seconds), Timeout.InfiniteTimeSpan);
        try
        {
            var initial = call.Flag("sendInitialEvents") || (version is null or 0 && call.Query("sendInitialEvents") is null);
            return await StartAsync(call, stream, initial ? null : version, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The time is up, the client went or the server stops: the stream ends cleanly and the client goes on from its last version.
            return null;
        }
    }

    private static async Task<Problem?> StartAsync(ApiCall call, WatchStream stream, long? version, CancellationToken cancellation)
    {
        // The present is read first even for a resumed watch with a selector: it has to know which objects were selected at that moment.
        var start = version is null || stream.Selective ? await stream.ReadStartAsync(version, cancellation) : await CheckAsync(call, version.Value, cancellation);
        if (!start.TryGet(out var page, out var problem))
        {
            if (problem.Code != ProblemCode.Expired)
            {
                return problem;
            }

            // Seen on the real server: 200, and the refusal as the only event.
            Begin(call.Http);
            await call.Http.Response.Body.WriteAsync(
                WatchLine.Of("ERROR", StatusAnswer.Of(problem, null).ToJsonString(ObjectAnswer.Plain)), cancellation);
            return null;
        }

        Begin(call.Http);
        // Headers go out before the first event, even if nothing happens for an hour.
        await call.Http.Response.Body.FlushAsync(cancellation);
        if (version is null)
        {
            await stream.SendInitialAsync(page, cancellation);
        }

        await stream.RunAsync(page.At, cancellation);
        return null;
    }

    private static async Task<Result<RowPage>> CheckAsync(ApiCall call, long version, CancellationToken cancellation)
    {
        // A page of nothing: only the checks that the moment can still be read, and has come.
        var none = new ListQuery("default", FieldSelector: "metadata.name=", Limit: 1);
        var page = await call.Services.Store.PageAsync(call.Kind, none, version, cancellation);
        return page.Select(p => p with { Rows = [], At = version });
    }

    private static void Begin(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status200OK;
        http.Response.ContentType = "application/json;stream=watch";
        http.Response.Headers.CacheControl = "no-cache, private";
    }
}
