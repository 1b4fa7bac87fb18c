using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Traces.Storage;

namespace Slipway.Traces.Links;

/// <summary><c>2.0/mlflow/traces/link-to-run</c> and <c>link-prompts</c>: what a trace belongs to besides its experiment.</summary>
internal static class LinkRoutes
{
    private const int MostTraces = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var version in (ReadOnlySpan<string>)["2.0", "3.0"])
        {
            routes.MapMlflow("POST", $"{version}/mlflow/traces/link-to-run", LinkToRunAsync).RequirePermission("traces.write");
            routes.MapMlflow("POST", $"{version}/mlflow/traces/link-prompts", LinkPromptsAsync).RequirePermission("traces.write");
        }
    }

    private static async Task<Result<MlflowReply>> LinkToRunAsync(MlflowCall call)
    {
        var (ids, runId) = (call.Fields.Texts("trace_ids"), call.Fields.Required("run_id"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        return ids.Count > MostTraces
            ? Problem.Invalid($"Cannot link more than {MostTraces} traces to a run in a single request. Provided {ids.Count} traces.")
            : await LinkAsync(call, "run", [.. ids.Select(id => (id, runId))]);
    }

    private static async Task<Result<MlflowReply>> LinkPromptsAsync(MlflowCall call)
    {
        var id = call.Fields.Required("trace_id");
        (string, string)[] links = [.. call.Fields.Objects("prompt_versions").Select(p => (id, $"{p.Required("name")}/{p.Required("version")}"))];
        return call.Fields.Problem is { } bad ? bad : await LinkAsync(call, "prompt", links);
    }

    // A link may come before its trace: clients send both at the end, at the same time.
    private static async Task<Result<MlflowReply>> LinkAsync(MlflowCall call, string kind, IReadOnlyList<(string Id, string Target)> links) =>
        (await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) =>
            {
                await TraceStore.LinkAsync(session, call.Namespace, kind, links);
                return Result.Ok;
            },
            call.Cancellation)).Select(_ => MlflowReply.Empty);
}
