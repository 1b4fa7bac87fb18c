using System.Globalization;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Kernel.States;

namespace Slipway.Serving.Rollouts.Domain;

/// <param name="Stages">Percents of the traffic, rising.</param>
/// <param name="WatchWindows">Windows after the promotion during which it may still be taken back; 0 does not watch.</param>
internal sealed record RolloutPlan(IReadOnlyList<int> Stages, JudgeRule Judge, int WatchWindows);

/// <summary>The world as a decision sees it.</summary>
/// <param name="Windows">The monitor's windows after <see cref="RolloutState.StartedAfterWindow"/>, in order.</param>
/// <param name="NewestWindow">Number of the monitor's newest window; 0 before the first.</param>
internal sealed record Sighting(AliasAssignment? Candidate, AliasAssignment? Champion, IReadOnlyList<MonitorWindow> Windows, int NewestWindow);

/// <summary>Decides what happens next: at most one thing at a time, always the same for the same state and sighting.</summary>
internal static class RolloutRules
{
    public static TransitionTable<RolloutPhase, DecisionKind> Transitions { get; } = new TransitionTable<RolloutPhase, DecisionKind>()
        .On(DecisionKind.Started, RolloutPhase.Idle, RolloutPhase.Canary)
        .On(DecisionKind.Held, RolloutPhase.Canary, RolloutPhase.Canary)
        .On(DecisionKind.Advanced, RolloutPhase.Canary, RolloutPhase.Canary)
        .On(DecisionKind.Promoted, RolloutPhase.Canary, RolloutPhase.Watching)
        .On(DecisionKind.RolledBack, RolloutPhase.Canary, RolloutPhase.Idle)
        .On(DecisionKind.RolledBack, RolloutPhase.Watching, RolloutPhase.Idle)
        .On(DecisionKind.Confirmed, RolloutPhase.Watching, RolloutPhase.Idle);

    /// <summary>Null when there is nothing to decide until something changes.</summary>
    public static Decision? Next(RolloutState state, RolloutPlan plan, Sighting seen) => state.Phase switch
    {
        RolloutPhase.Idle => Start(state, plan, seen),
        RolloutPhase.Canary => Interrupted(Noticing(state, seen.Candidate), seen) ?? JudgeStage(Noticing(state, seen.Candidate), plan, seen),
        _ => TakenAway(state, seen) ?? Watch(state, plan, seen),
    };

    /// <summary>Pointing the candidate alias anew at the version on trial is nothing new.</summary>
    private static RolloutState Noticing(RolloutState state, AliasAssignment? candidate) => candidate?.Version == state.Version
        ? state with { ObservedCandidateSequence = Math.Max(state.ObservedCandidateSequence, candidate.Sequence) }
        : state;

    private static Decision? Start(RolloutState state, RolloutPlan plan, Sighting seen)
    {
        if (seen is not { Candidate: { Version: { } version } candidate, Champion.Version: { } champion }
            || version == champion || candidate.Sequence <= state.ObservedCandidateSequence)
        {
            return null;
        }

        var next = state with
        {
            Version = version, Against = champion, Stage = 0, Percent = plan.Stages[0], StartedAfterWindow = seen.NewestWindow,
            StageStartedAfterWindow = seen.NewestWindow, JudgedWindow = seen.NewestWindow, ObservedCandidateSequence = candidate.Sequence,
        };
        var why = candidate.Reason.Length > 0 ? $" ({candidate.Reason})" : "";
        return Make(DecisionKind.Started, state, next, seen.NewestWindow, $"{candidate.Actor} pointed {candidate.Alias} at version {version}{why}; version {champion} is champion");
    }

    /// <summary>People may move aliases in the middle of a rollout; then the comparison means nothing any more.</summary>
    private static Decision? Interrupted(RolloutState state, Sighting seen)
    {
        if (seen.Champion?.Version == state.Version)
        {
            return Promote(state, seen, seen.NewestWindow, $"{seen.Champion.Actor} made version {state.Version} champion by hand{Because(seen.Champion)}");
        }

        if (seen.Champion?.Version != state.Against)
        {
            // Not judged against the champion of now: seen as new again.
            return Make(
                DecisionKind.RolledBack, state, Over(state) with { ObservedCandidateSequence = state.ObservedCandidateSequence - 1 }, seen.NewestWindow,
                $"the champion is {Shown(seen.Champion)} now, no longer version {state.Against}: to be compared with that one");
        }

        return seen.Candidate?.Version != state.Version
            ? Make(DecisionKind.RolledBack, state, Over(state), seen.NewestWindow, $"the candidate is {Shown(seen.Candidate)} now, no longer version {state.Version}")
            : null;
    }

    private static Decision? JudgeStage(RolloutState state, RolloutPlan plan, Sighting seen)
    {
        var from = Math.Max(state.StageStartedAfterWindow, state.JudgedWindow);
        if (seen.Windows.FirstOrDefault(w => w.Number > from) is not { } window)
        {
            return null;
        }

        var upToNow = seen.Windows.Where(w => w.Number > state.StartedAfterWindow && w.Number <= window.Number).ToArray();
        var evidence = Evidence.Gather(upToNow, state.Version, state.Against);
        var judgement = Judge.Stage(evidence, plan.Judge, upToNow.Count(w => w.Number > state.StageStartedAfterWindow));
        return judgement.Verdict switch
        {
            Verdict.RollBack => Make(DecisionKind.RolledBack, state, Over(state) with { JudgedWindow = window.Number }, window.Number, judgement.Reason),
            Verdict.Hold => Make(DecisionKind.Held, state, state with { JudgedWindow = window.Number }, window.Number, judgement.Reason),
            _ => Advance(state, plan, seen, window.Number, judgement.Reason),
        };
    }

    private static Decision Advance(RolloutState state, RolloutPlan plan, Sighting seen, int window, string reason)
    {
        // Stages may have been taken out of the policy meanwhile.
        var stage = state.Stage + 1;
        return stage >= plan.Stages.Count
            ? Promote(state, seen, window, reason)
            : Make(
                DecisionKind.Advanced, state,
                state with { Stage = stage, Percent = plan.Stages[stage], StageStartedAfterWindow = Math.Max(seen.NewestWindow, window), JudgedWindow = window },
                window, reason);
    }

    private static Decision Promote(RolloutState state, Sighting seen, int window, string reason) => Make(
        DecisionKind.Promoted, state,
        state with { Stage = 0, Percent = 100, StageStartedAfterWindow = Math.Max(seen.NewestWindow, window), JudgedWindow = window }, window, reason);

    private static Decision? TakenAway(RolloutState state, Sighting seen) => seen.Champion?.Version == state.Version
        ? null
        : Make(DecisionKind.RolledBack, state, Over(state), seen.NewestWindow, $"the champion is {Shown(seen.Champion)} now{(seen.Champion is { } by ? $", set by {by.Actor}{Because(by)}" : "")}");

    private static Decision? Watch(RolloutState state, RolloutPlan plan, Sighting seen)
    {
        var since = seen.Windows.Where(w => w.Number > state.StageStartedAfterWindow).ToArray();
        for (var count = 1; count <= since.Length; count++)
        {
            var evidence = Evidence.Gather(since.Take(count), state.Version, state.Against);
            if (Judge.Regret(evidence, plan.Judge) is { } regret)
            {
                return Make(DecisionKind.RolledBack, state, Over(state), since[count - 1].Number, $"{regret}; back to version {state.Against}");
            }

            if (count >= plan.WatchWindows)
            {
                return Confirm(since[count - 1].Number, Judge.Figures(evidence));
            }
        }

        return plan.WatchWindows == 0 ? Confirm(state.JudgedWindow, "no watch was asked for") : null;

        Decision Confirm(int window, string figures) =>
            Make(DecisionKind.Confirmed, state, Over(state), window, string.Create(CultureInfo.InvariantCulture, $"kept for {plan.WatchWindows} windows: {figures}"));
    }

    private static RolloutState Over(RolloutState state) =>
        new() { JudgedWindow = state.JudgedWindow, ObservedCandidateSequence = state.ObservedCandidateSequence };

    /// <summary>Names the versions of the state that knows them, and takes the phase from the table.</summary>
    private static Decision Make(DecisionKind kind, RolloutState state, RolloutState next, int window, string reason)
    {
        if (!Transitions.TryNext(state.Phase, kind, out var phase))
        {
            throw new InvalidOperationException($"{kind} cannot happen in {state.Phase}.");
        }

        var about = kind == DecisionKind.Started ? next : state;
        return new Decision(kind, about.Version, about.Against, next.Percent, window, reason, next with { Phase = phase });
    }

    private static string Shown(AliasAssignment? alias) => alias?.Version is { } version ? $"version {version}" : "none";

    private static string Because(AliasAssignment alias) => alias.Reason.Length > 0 ? $" ({alias.Reason})" : "";
}
