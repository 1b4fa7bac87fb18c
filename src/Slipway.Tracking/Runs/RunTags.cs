using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;
using Slipway.Tracking.Wire;

namespace Slipway.Tracking.Runs;

/// <summary><c>POST runs/set-tag</c> {run_id, key, value}</summary>
internal static class SetTag
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/set-tag", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (id, tag) = (call.Fields.RequiredRunId(), LogFields.Tag(call.Fields, ""));
        return call.Fields.Problem is { } bad
            ? bad
            : (await call.Service<RunLog>().AddAsync(call.Namespace, id, new LogEntry { Tags = [tag] }, call.Cancellation)).Select(_ => MlflowReply.Empty);
    }
}

/// <summary><c>POST runs/delete-tag</c> {run_id, key}</summary>
internal static class DeleteTag
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/delete-tag", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (id, key) = (call.Fields.RequiredRunId(), call.Fields.Required("key"));
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        var removed = await call.Service<IDatabase>().WriteAsync<Unit>(
            async (session, _) => !(await Guard.ActiveRunAsync(session, call.Namespace, id)).TryGet(out var run, out var problem) ? problem
                : await ValueStore.RemoveTagAsync(session, run.Number, key) ? default(Unit)
                : new Problem(ProblemCode.NotFound, $"No tag with name: {key} in run with id {id}"),
            call.Cancellation);
        return removed.Select(_ => MlflowReply.Empty);
    }
}
