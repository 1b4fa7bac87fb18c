using System.Text.Json.Nodes;
using Slipway.PipelineLanguage.Ir;
using Slipway.PipelineLanguage.Values;
using Slipway.Pipelines.Domain;

namespace Slipway.Pipelines.Steps;

/// <summary>One attempt at a task, with all that its executor needs: nothing of it is looked up elsewhere.</summary>
/// <param name="TaskId">A UUID, the same on every attempt.</param>
/// <param name="Path">Such as <c>root/for-loop-1[3]/train</c>.</param>
/// <param name="Executor">The component's, never a graph.</param>
internal sealed record StepAttempt(
    RunContext Run, string TaskId, string Path, string TaskName, int? Iteration, long Attempt, TaskSpec Task, ComponentSpec Component, ExecutorSpec Executor,
    PlatformExecutor? Platform, TaskValues Inputs)
{
    /// <summary>Names of secrets, config maps and volumes in the platform document, as the graph around the task gives them.</summary>
    public IReadOnlyDictionary<TaskParameter, string> PlatformNames { get; init; } = new Dictionary<TaskParameter, string>();

    /// <summary>Of its image, when it was known before.</summary>
    public string? ImageDigest { get; init; }
}

/// <summary>How an attempt ended: a closed list.</summary>
internal abstract record StepOutcome
{
    private StepOutcome()
    {
    }

    /// <summary>What the executor says about it, for the row: exit code, image, resource use, log digest.</summary>
    public JsonObject? Detail { get; init; }

    /// <summary>Digests of objects that the run keeps, besides those that artifacts name themselves: files of folders, logs.</summary>
    public IReadOnlyList<string> Objects { get; init; } = [];

    public sealed record Succeeded(TaskValues Outputs) : StepOutcome;

    /// <param name="Passing">It looks as if another try may help, whatever the task's retry policy says: something was away for a moment.</param>
    public sealed record Failed(TaskCause Cause, string Error, bool Passing = false) : StepOutcome;

    /// <summary>The step itself said that there is nothing to do.</summary>
    public sealed record Skipped : StepOutcome;

    /// <summary>Stopped because somebody asked for it: the run's end, or the server's.</summary>
    public sealed record Stopped : StepOutcome;
}

/// <summary>Does the work of one kind of executor.</summary>
internal interface IStepExecutor
{
    bool Takes(StepAttempt attempt);

    /// <summary>Ends soon after the cancellation; anything else that goes wrong is an outcome, not an exception.</summary>
    Task<StepOutcome> RunAsync(StepAttempt attempt, CancellationToken cancellation);
}
