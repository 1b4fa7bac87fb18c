using Slipway.Kernel.States;

namespace Slipway.Serving.Releases.Domain;

internal enum ReleaseKind
{
    /// <summary>The revision that answered when the Rollout came is the released one.</summary>
    Adopted,
    Started,
    Advanced,
    Paused,
    Resumed,
    Promoted,

    /// <summary>The watch is over: the former revision is let go.</summary>
    Confirmed,

    /// <summary>By itself, on evidence.</summary>
    RolledBack,

    /// <summary>By hand, before the promotion.</summary>
    Aborted,

    /// <summary>By hand, after the promotion.</summary>
    Undone,

    /// <summary>The service asks for something else now.</summary>
    Superseded,

    /// <summary>A look for a winner that found none yet.</summary>
    Looked,
}

/// <summary>One figure against its limits.</summary>
/// <param name="Value">The candidate's; null when there is too little to tell.</param>
/// <param name="Baseline">The released revision's.</param>
/// <param name="Limit">What the value may be at most, in words.</param>
internal sealed record Finding(string Metric, double? Value, double? Baseline, string Limit, long Samples, long MinSamples, Verdict Verdict)
{
    public override string ToString() => FormattableString.Invariant(
        $"{Metric} {(Value is { } value ? $"{value:G4}" : "unknown")}{(Baseline is { } baseline ? $" against {baseline:G4}" : "")} ({Limit}; {Samples} samples): {Verdict.ToString().ToLowerInvariant()}");
}

internal enum Verdict
{
    Passed,
    Failed,

    /// <summary>Too few samples, or nothing to compare with.</summary>
    Open,
}

/// <param name="Next">Where the rollout stands once this is decided.</param>
/// <param name="Findings">What it rests on.</param>
internal sealed record ReleaseDecision(ReleaseKind Kind, string Reason, ReleaseState Next, IReadOnlyList<Finding> Findings)
{
    /// <summary>State changes as a table: nothing else sets a phase.</summary>
    public static TransitionTable<ReleasePhase, ReleaseKind> Transitions { get; } = new TransitionTable<ReleasePhase, ReleaseKind>()
        .On(ReleaseKind.Adopted, ReleasePhase.Idle, ReleasePhase.Idle)
        .On(ReleaseKind.Started, ReleasePhase.Idle, ReleasePhase.Progressing)
        .On(ReleaseKind.Started, ReleasePhase.Refused, ReleasePhase.Progressing)
        .On(ReleaseKind.Advanced, ReleasePhase.Progressing, ReleasePhase.Progressing)
        .On(ReleaseKind.Looked, ReleasePhase.Progressing, ReleasePhase.Progressing)
        .On(ReleaseKind.Paused, ReleasePhase.Progressing, ReleasePhase.Progressing)
        .On(ReleaseKind.Paused, ReleasePhase.Watching, ReleasePhase.Watching)
        .On(ReleaseKind.Resumed, ReleasePhase.Progressing, ReleasePhase.Progressing)
        .On(ReleaseKind.Resumed, ReleasePhase.Watching, ReleasePhase.Watching)
        .On(ReleaseKind.Promoted, ReleasePhase.Progressing, ReleasePhase.Watching)
        .On(ReleaseKind.Promoted, ReleasePhase.Refused, ReleasePhase.Watching)
        .On(ReleaseKind.Confirmed, ReleasePhase.Watching, ReleasePhase.Idle)
        .On(ReleaseKind.RolledBack, ReleasePhase.Progressing, ReleasePhase.Refused)
        .On(ReleaseKind.RolledBack, ReleasePhase.Watching, ReleasePhase.Refused)
        .On(ReleaseKind.Aborted, ReleasePhase.Progressing, ReleasePhase.Refused)
        .On(ReleaseKind.Undone, ReleasePhase.Watching, ReleasePhase.Refused)
        .On(ReleaseKind.Undone, ReleasePhase.Idle, ReleasePhase.Refused)
        .On(ReleaseKind.Superseded, ReleasePhase.Progressing, ReleasePhase.Idle)
        .On(ReleaseKind.Superseded, ReleasePhase.Watching, ReleasePhase.Idle)
        .On(ReleaseKind.Superseded, ReleasePhase.Refused, ReleasePhase.Idle);

    /// <summary>The phase of <paramref name="next"/> is taken from the table.</summary>
    public static ReleaseDecision Make(ReleaseKind kind, ReleaseState state, ReleaseState next, string reason, params IReadOnlyList<Finding> findings) =>
        Transitions.TryNext(state.Phase, kind, out var phase)
            ? new ReleaseDecision(kind, reason, next with { Phase = phase }, findings)
            : throw new InvalidOperationException($"{kind} cannot happen in {state.Phase}.");
}
