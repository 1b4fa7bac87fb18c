using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;
using Slipway.Tracking.Recording;
using Slipway.Tracking.Stores;

namespace Slipway.Tracking.Experiments;

/// <summary>What the experiments' operations have in common.</summary>
internal static class ExperimentCalls
{
    public static long Now(this MlflowCall call) => Micros.Of(call.Service<TimeProvider>().GetUtcNow());

    public static Problem NameTaken(string name) => Problem.AlreadyExists($"Experiment(name={name})") with { Reason = MlflowCode.AlreadyExists };

    /// <summary>MLflow's own clients count on the refusal (test_tracking.py); what its users miss is the way out, so it stands in the message.</summary>
    public static Problem NameKept(ExperimentRow deleted) => new Problem(
        ProblemCode.AlreadyExists,
        $"Experiment(name={deleted.Name}) already exists in deleted state. Restore it, or free its name by removing it for good: DELETE /api/slipway/v1/namespaces/{deleted.Namespace}/experiments/{deleted.Id}") with { Reason = MlflowCode.AlreadyExists };

    /// <summary>Reads the id, makes sure of the default experiment, and changes one experiment in one transaction.</summary>
    public static async Task<Result<MlflowReply>> ChangeAsync(this MlflowCall call, Func<IWriteSession, ExperimentRow, Task<Result<Unit>>> change)
    {
        var id = call.Fields.Required("experiment_id");
        if (call.Fields.Problem is { } bad)
        {
            return bad;
        }

        if (await call.Service<DefaultExperiments>().EnsureAsync(call.Namespace, call.Cancellation) is { } failed)
        {
            return failed;
        }

        var changed = await call.Service<IDatabase>().WriteAsync(
            async (session, _) => (await Guard.ExperimentAsync(session, call.Namespace, id)).TryGet(out var experiment, out var problem)
                ? await change(session, experiment)
                : problem,
            call.Cancellation);
        return changed.Select(_ => MlflowReply.Empty);
    }
}
