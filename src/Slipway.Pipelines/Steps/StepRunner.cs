using Slipway.PipelineLanguage.Ir;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Steps;

/// <summary>Finds the executor of an attempt.</summary>
internal sealed class StepRunner(IEnumerable<IStepExecutor> executors)
{
    private readonly IReadOnlyList<IStepExecutor> _executors = [.. executors];

    /// <summary>False for what runs in the server itself.</summary>
    public static bool NeedsWorkload(ExecutorSpec executor) =>
        executor is ExecutorSpec.Container { Spec.Image: not (WellKnownImages.Component or WellKnownImages.CreateVolume or WellKnownImages.DeleteVolume) };

    public Task<StepOutcome> RunAsync(StepAttempt attempt, CancellationToken cancellation) =>
        _executors.FirstOrDefault(e => e.Takes(attempt)) is { } executor
            ? executor.RunAsync(attempt, cancellation)
            : Task.FromResult<StepOutcome>(new StepOutcome.Failed(TaskCause.Step, $"there is nothing here that can run {Describe(attempt.Executor)}"));

    private static string Describe(ExecutorSpec executor) => executor switch
    {
        ExecutorSpec.Container container => $"the image {container.Spec.Image}",
        ExecutorSpec.Importer => "an importer",
        ExecutorSpec.Foreign foreign => $"a {foreign.Kind}: it exists on one vendor's cloud only",
        _ => executor.GetType().Name,
    };
}
