using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Runs;

/// <summary>What the runs' operations have in common.</summary>
internal static class RunCalls
{
    /// <summary>As MLflow numbers them, from 1.</summary>
    public static readonly string[] Statuses = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

    public static long Now(this MlflowCall call) => Micros.Of(call.Service<TimeProvider>().GetUtcNow());

    /// <summary>Changes one run, living or deleted, in one transaction.</summary>
    public static async Task<Result<MlflowReply>> ChangeAsync(this MlflowCall call, string runId, Func<IWriteSession, RunRow, Task<Result<Unit>>> change)
    {
        var changed = await call.Service<IDatabase>().WriteAsync(
            async (session, _) => await RunStore.FindAsync(session, call.Namespace, runId) is { } run ? await change(session, run) : Guard.NoRun(runId), call.Cancellation);
        return changed.Select(_ => MlflowReply.Empty);
    }
}
