using Slipway.Contracts.Pipelines.Ports;

namespace Slipway.Pipelines.Domain;

/// <summary>What follows from the states of a run's steps.</summary>
internal static class RunProgress
{
    /// <summary>Steps that nothing holds back any more: pending, and all they need has succeeded or was skipped by its condition.</summary>
    public static IEnumerable<string> Ready(PipelineDefinition definition, IReadOnlyDictionary<string, StepState> states) =>
        definition.Steps
            .Where(s => states[s.Name] == StepState.Pending && s.Needs.All(n => states[n] is StepState.Succeeded or StepState.Skipped))
            .Select(s => s.Name);

    /// <summary>The final state, or null while there is still something to do. After a failure steps that already run may finish; none starts.</summary>
    public static PipelineRunState? Outcome(IReadOnlyCollection<StepState> states)
    {
        if (states.Any(s => s == StepState.Running))
        {
            return null;
        }

        if (states.Any(s => s == StepState.Failed))
        {
            return PipelineRunState.Failed;
        }

        return states.All(s => s is StepState.Succeeded or StepState.Skipped) ? PipelineRunState.Succeeded : null;
    }
}
