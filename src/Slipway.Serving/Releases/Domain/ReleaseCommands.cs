using Slipway.Kernel.Problems;

namespace Slipway.Serving.Releases.Domain;

internal enum ReleaseCommand
{
    Pause,
    Resume,
    Promote,
    Abort,
    Undo,
}

/// <summary>What somebody may do by hand, and what then happens.</summary>
internal static class ReleaseCommands
{
    /// <summary>The decision, or Conflict with what to do instead.</summary>
    public static Result<ReleaseDecision> Decide(
        ReleaseCommand command, ReleaseState state, ReleasePlan plan, ReleaseSighting seen, DateTimeOffset now, string reason) => command switch
        {
            ReleaseCommand.Pause when state is { Phase: ReleasePhase.Progressing or ReleasePhase.Watching, Paused: false } =>
                ReleaseDecision.Make(ReleaseKind.Paused, state, state with { Paused = true }, reason),
            ReleaseCommand.Resume when state is { Phase: ReleasePhase.Progressing or ReleasePhase.Watching, Paused: true } =>
                ReleaseDecision.Make(ReleaseKind.Resumed, state, state with { Paused = false, Approved = true }, reason),
            ReleaseCommand.Resume when state.Phase == ReleasePhase.Refused && seen.Target == state.Candidate =>
                seen.TargetLoaded ? ReleaseRules.Start(state, plan, seen, now, reason) : Problem.Conflict("the revision is not loaded; its InferenceService says why"),
            ReleaseCommand.Promote when state.Phase is ReleasePhase.Progressing or ReleasePhase.Refused =>
                seen.TargetLoaded || seen.Target != state.Candidate
                    ? ReleaseRules.Promote(state, seen.NewestWindow, now, reason)
                    : Problem.Conflict("the revision is not loaded, so it cannot answer; its InferenceService says why"),
            ReleaseCommand.Abort or ReleaseCommand.Undo when state.Phase == ReleasePhase.Progressing =>
                ReleaseDecision.Make(ReleaseKind.Aborted, state, ReleaseRules.WithoutCandidate(state), reason),
            ReleaseCommand.Abort when state is { Phase: ReleasePhase.Watching, Former: > 0 } => ReleaseDecision.Make(ReleaseKind.Undone, state, ReleaseRules.Back(state), reason),
            ReleaseCommand.Undo when state is { Phase: ReleasePhase.Watching or ReleasePhase.Idle, Former: > 0 } => ReleaseDecision.Make(ReleaseKind.Undone, state, ReleaseRules.Back(state), reason),
            _ => Problem.Conflict(Refusal(command, state)),
        };

    private static string Refusal(ReleaseCommand command, ReleaseState state) => command switch
    {
        ReleaseCommand.Pause when state.Paused => "it is paused already; resume, promote or abort it",
        ReleaseCommand.Undo => "there is no earlier release to go back to; point the alias or spec.predictor.model.storageUri at the version that is wanted",
        ReleaseCommand.Resume when state.Phase is ReleasePhase.Progressing or ReleasePhase.Watching => "it is not paused",
        _ when state.Phase == ReleasePhase.Idle => "nothing is being rolled out; a new version, by the alias or by spec.predictor.model.storageUri, starts a rollout",
        ReleaseCommand.Promote => "it is promoted already; undo goes back",
        _ => "the candidate was taken back already; resume tries it again, promote releases it all the same",
    };
}
