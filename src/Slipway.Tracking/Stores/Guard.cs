using Slipway.Kernel.Problems;
using Slipway.Platform.Database;
using Slipway.Platform.Http.Mlflow;

namespace Slipway.Tracking.Stores;

/// <summary>Finds what a call names, or says in MLflow's words why it cannot be had.</summary>
internal static class Guard
{
    public static Problem NoRun(string id) => new(ProblemCode.NotFound, $"Run with id={id} not found");

    public static Problem NoModel(string id) => new(ProblemCode.NotFound, $"Logged model with ID '{id}' not found.");

    /// <summary>A run that may be written to.</summary>
    public static async Task<Result<RunKey>> ActiveRunAsync(IReadSession session, string ns, string id) =>
        await RunStore.FindKeyAsync(session, ns, id) is not { } run ? NoRun(id)
        : run.Lifecycle == Lifecycle.Active ? run
        : Problem.Invalid($"The run {id} must be in the 'active' state. Current state is {run.Lifecycle}.");

    public static async Task<Result<ExperimentRow>> ExperimentAsync(IReadSession session, string ns, string id)
    {
        // Ids are whole numbers; an empty one means the default experiment.
        id = id.Length == 0 ? ExperimentStore.DefaultId : id;
        if (id.Length > 19 || !id.All(char.IsAsciiDigit))
        {
            if (id[0] == '-' && id.Length < 20 && id.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0)
            {
                return new Problem(ProblemCode.NotFound, $"No Experiment with id={id} exists");
            }

            return MlflowNames.ExperimentId(id) ?? Problem.Invalid($"Invalid experiment ID '{id}'. Experiment ID must be a valid integer.");
        }

        return await ExperimentStore.FindAsync(session, ns, id) is { } found ? found : new Problem(ProblemCode.NotFound, $"No Experiment with id={id} exists");
    }

    public static async Task<Result<ExperimentRow>> ActiveExperimentAsync(IReadSession session, string ns, string id)
    {
        var found = await ExperimentAsync(session, ns, id);
        return found.TryGet(out var experiment, out _) && !experiment.IsActive
            ? Problem.Invalid($"The experiment {experiment.Id} must be in the 'active' state. Current state is {experiment.Lifecycle}.")
            : found;
    }

    public static async Task<Result<ModelRow>> ModelAsync(IReadSession session, string ns, string id) =>
        await ModelStore.FindAsync(session, ns, id) is { } model ? model : NoModel(id);
}
