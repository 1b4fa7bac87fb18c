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

/// <summary>
/// <c>POST runs/update</c> {run_id, status, end_time, run_name} -> {run_info}. A client may say any status of its run: resuming a finished run is
/// ordinary in MLflow.
/// </summary>
internal static class UpdateRun
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapMlflow("POST", "2.0/mlflow/runs/update", HandleAsync).RequirePermission("runs.write");

    private static async Task<Result<MlflowReply>> HandleAsync(MlflowCall call)
    {
        var (fields, id) = (call.Fields, call.Fields.RequiredRunId());
        var (status, ended, name) = (fields.Choice("status", RunCalls.Statuses), fields.Micros("end_time"), fields.Text("run_name"));
        if ((fields.Problem ?? MlflowNames.Length("run_name", 8000, name)) is { } bad)
        {
            return bad;
        }

        var updated = await call.Service<IDatabase>().WriteAsync<RunRow>(
            async (session, _) =>
            {
                if (!(await Guard.ActiveRunAsync(session, call.Namespace, id)).TryGet(out var key, out var problem))
                {
                    return problem;
                }

                var before = (await RunStore.FindAsync(session, call.Namespace, id))!;
                var after = before with { Status = status ?? before.Status, Finished = ended ?? before.Finished, Name = string.IsNullOrEmpty(name) ? before.Name : name };
                await RunStore.SetStateAsync(session, key.Number, after.Status, after.Finished);
                if (!string.IsNullOrEmpty(name))
                {
                    await RunLog.SetTagsAsync(session, key.Number, [new(RunLog.NameTag, name)]);
                }

                if (after.Status != before.Status)
                {
                    await TrackingEvents.RunAsync(session, after.Status is "RUNNING" or "SCHEDULED" ? "run.started" : "run.finished", after.ToSummary());
                }

                return after;
            },
            call.Cancellation);
        return updated.Select(run => MlflowReply.Object(writer =>
        {
            writer.WritePropertyName("run_info");
            writer.WriteRunInfo(run);
        }));
    }
}
