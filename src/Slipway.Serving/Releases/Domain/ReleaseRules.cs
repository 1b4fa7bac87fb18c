namespace Slipway.Serving.Releases.Domain;

/// <summary>The world as a decision sees it.</summary>
/// <param name="Target">The revision that the service asks for; 0 when not even that is known.</param>
/// <param name="TargetLoaded">Whether it can answer.</param>
/// <param name="Released">The last revision that had all the traffic, by the service's own status; 0 for none.</param>
/// <param name="NewestWindow">The monitor's newest window; 0 without.</param>
/// <param name="Measured">Null when it is not yet time for another look.</param>
internal sealed record ReleaseSighting(int Target, bool TargetLoaded, int Released, int NewestWindow, Measured? Measured);

/// <summary>Decides what happens next by itself: at most one thing at a time, always the same for the same state, plan, sighting and time.</summary>
internal static class ReleaseRules
{
    /// <summary>Null when there is nothing to decide until something changes or time passes.</summary>
    public static ReleaseDecision? Next(ReleaseState state, ReleasePlan plan, ReleaseSighting seen, DateTimeOffset now)
    {
        if (state.Released == 0)
        {
            return Adopt(state, seen, now);
        }

        if (seen.Target != 0 && seen.Target != AskedFor(state))
        {
            return Changed(state, plan, seen, now);
        }

        return (state.Phase, state.Paused) switch
        {
            (ReleasePhase.Progressing, false) => Try(state, plan, seen, now),
            (ReleasePhase.Watching, false) => Watch(state, plan, seen, now),
            _ => null,
        };
    }

    /// <summary>The first step of a trial of the revision that the service asks for.</summary>
    public static ReleaseDecision Start(ReleaseState state, ReleasePlan plan, ReleaseSighting seen, DateTimeOffset now, string reason)
    {
        var next = Step(
            state with { Candidate = seen.Target, Step = 0, Looks = 0, Started = now }, plan, seen, now);
        return ReleaseDecision.Make(ReleaseKind.Started, state, next, $"{reason}: {Plan(plan, next)}");
    }

    /// <summary>The candidate becomes the released revision.</summary>
    public static ReleaseDecision Promote(ReleaseState state, int newestWindow, DateTimeOffset now, string reason, params IReadOnlyList<Finding> findings) => ReleaseDecision.Make(
        ReleaseKind.Promoted, state,
        state with
        {
            Released = state.Candidate, Former = state.Released, Candidate = 0, Percent = 0, MirrorPercent = 0, Step = 0, Paused = false, Approved = false, StepStarted = now,
            AfterWindow = newestWindow, Epoch = state.Epoch + 1,
        },
        reason, findings);

    /// <summary>The candidate gets nothing any more; it is tried again only when somebody says so or another one was asked for in between.</summary>
    public static ReleaseState WithoutCandidate(ReleaseState state) =>
        state with { Percent = 0, MirrorPercent = 0, Step = 0, Paused = false, Approved = false, Epoch = state.Epoch + 1 };

    /// <summary>The former revision is the released one again.</summary>
    public static ReleaseState Back(ReleaseState state) => WithoutCandidate(state) with { Released = state.Former, Candidate = state.Released, Former = 0 };

    private static int AskedFor(ReleaseState state) => state.Phase is ReleasePhase.Progressing or ReleasePhase.Refused ? state.Candidate : state.Released;

    private static ReleaseDecision? Adopt(ReleaseState state, ReleaseSighting seen, DateTimeOffset now)
    {
        var released = seen.Released != 0 ? seen.Released : seen.TargetLoaded ? seen.Target : 0;
        return released == 0
            ? null
            : ReleaseDecision.Make(
                ReleaseKind.Adopted, state, state with { Released = released, Started = now, StepStarted = now }, "it answered when the Rollout came");
    }

    private static ReleaseDecision? Changed(ReleaseState state, ReleasePlan plan, ReleaseSighting seen, DateTimeOffset now)
    {
        if (state.Phase != ReleasePhase.Idle)
        {
            var idle = WithoutCandidate(state) with { Candidate = 0, Former = state.Former };
            return ReleaseDecision.Make(ReleaseKind.Superseded, state, idle, "the service asks for another revision now");
        }

        // One that cannot be loaded never gets traffic; the service's own status says why.
        return seen.TargetLoaded ? Start(state, plan, seen, now, "the service asks for it") : null;
    }

    private static ReleaseDecision? Try(ReleaseState state, ReleasePlan plan, ReleaseSighting seen, DateTimeOffset now)
    {
        if (seen.Measured is not { } measured)
        {
            return null;
        }

        var findings = Analyst.Judge(plan, measured);
        var over = Analyst.Over(findings);
        if (over == Verdict.Failed)
        {
            return RollBack(state, string.Join("; ", findings.Where(f => f.Verdict == Verdict.Failed)), findings);
        }

        var elapsed = now - state.StepStarted;
        return plan.Strategy == ReleaseStrategy.Ab ? Compare(state, plan, seen, measured, findings, now)
            : WaitsFor(state, plan) is not { } time || elapsed < time ? null
            : over == Verdict.Open && !Unmeasurable(plan, measured) ? TooLong(state, plan, elapsed - time, findings)
            : Forward(state, plan, seen, now, findings);
    }

    /// <summary>A preview without mirrored requests has nothing to be judged by: its time alone counts.</summary>
    private static bool Unmeasurable(ReleasePlan plan, Measured measured) =>
        plan is { Strategy: ReleaseStrategy.BlueGreen, MirrorPercent: 0 } && measured.Candidate.Requests == 0;

    private static TimeSpan? WaitsFor(ReleaseState state, ReleasePlan plan) =>
        plan.Strategy == ReleaseStrategy.Canary ? StepOf(state, plan)?.For ?? TimeSpan.Zero : plan.For;

    /// <summary>Null when steps were taken out of the plan meanwhile.</summary>
    private static CanaryStep? StepOf(ReleaseState state, ReleasePlan plan) => state.Step < plan.Steps.Count ? plan.Steps[state.Step] : null;

    private static ReleaseDecision? TooLong(ReleaseState state, ReleasePlan plan, TimeSpan late, IReadOnlyList<Finding> findings) => late < plan.MaxWait
        ? null
        : RollBack(state, $"not enough to judge by within {Words(plan.MaxWait)} of waiting: {string.Join("; ", findings.Where(f => f.Verdict == Verdict.Open))}", findings);

    private static ReleaseDecision Forward(ReleaseState state, ReleasePlan plan, ReleaseSighting seen, DateTimeOffset now, IReadOnlyList<Finding> findings)
    {
        var reason = findings.Count == 0 ? "its time has passed, and no analysis was asked for" : string.Join("; ", findings);
        if (plan.Strategy == ReleaseStrategy.Canary && state.Step + 1 < plan.Steps.Count)
        {
            var next = Step(state with { Step = state.Step + 1 }, plan, seen, now);
            return ReleaseDecision.Make(ReleaseKind.Advanced, state, next, $"{reason}: {Plan(plan, next)}", findings);
        }

        return plan.AutoPromote || state.Approved
            ? Promote(state, seen.NewestWindow, now, reason, findings)
            : ReleaseDecision.Make(ReleaseKind.Paused, state, state with { Paused = true }, $"{reason}: promote or abort it", findings);
    }

    private static ReleaseDecision? Compare(
        ReleaseState state, ReleasePlan plan, ReleaseSighting seen, Measured measured, IReadOnlyList<Finding> findings, DateTimeOffset now)
    {
        var ends = plan.For is { } time && now - state.StepStarted >= time;
        if (plan.Winner is { } rule && (ends || Analyst.MayLook(rule, state.Looks, measured)))
        {
            var (sign, finding) = Analyst.Look(rule, state.Looks + 1, measured);
            IReadOnlyList<Finding> all = [.. findings, finding];
            return sign < 0 ? Win(state, plan, seen, now, $"it is better: {finding}", all)
                : sign > 0 ? RollBack(state, $"it is worse: {finding}", all)
                : ends ? RollBack(state, $"no difference beyond chance in {Words(plan.For!.Value)}, so the released one stays: {finding}", all)
                : ReleaseDecision.Make(ReleaseKind.Looked, state, state with { Looks = state.Looks + 1 }, $"no winner yet: {finding}", all);
        }

        if (!ends)
        {
            return null;
        }

        return Analyst.Over(findings) == Verdict.Open
            ? TooLong(state, plan, now - state.StepStarted - plan.For!.Value, findings)
            : Forward(state, plan, seen, now, findings);
    }

    private static ReleaseDecision Win(ReleaseState state, ReleasePlan plan, ReleaseSighting seen, DateTimeOffset now, string reason, IReadOnlyList<Finding> findings) =>
        plan.AutoPromote || state.Approved
            ? Promote(state, seen.NewestWindow, now, reason, findings)
            : ReleaseDecision.Make(ReleaseKind.Paused, state, state with { Paused = true }, $"{reason}: promote or abort it", findings);

    private static ReleaseDecision? Watch(ReleaseState state, ReleasePlan plan, ReleaseSighting seen, DateTimeOffset now)
    {
        var findings = seen.Measured is { } measured ? Analyst.Judge(plan, measured) : [];
        if (Analyst.Over(findings) == Verdict.Failed)
        {
            var why = string.Join("; ", findings.Where(f => f.Verdict == Verdict.Failed));
            return ReleaseDecision.Make(ReleaseKind.RolledBack, state, Back(state), $"after the promotion, {why}", findings);
        }

        return now - state.StepStarted >= plan.KeepFormer
            ? ReleaseDecision.Make(ReleaseKind.Confirmed, state, state with { Epoch = state.Epoch + 1 }, $"kept for {Words(plan.KeepFormer)}", findings)
            : null;
    }

    private static ReleaseDecision RollBack(ReleaseState state, string reason, IReadOnlyList<Finding> findings) =>
        ReleaseDecision.Make(ReleaseKind.RolledBack, state, WithoutCandidate(state), reason, findings);

    /// <summary>Enters the step that the state names.</summary>
    private static ReleaseState Step(ReleaseState state, ReleasePlan plan, ReleaseSighting seen, DateTimeOffset now)
    {
        var step = plan.Strategy == ReleaseStrategy.Canary ? StepOf(state, plan) : null;
        return state with
        {
            Percent = plan.Strategy switch { ReleaseStrategy.Canary => step?.Percent ?? 0, ReleaseStrategy.Ab => plan.Percent, _ => 0 },
            MirrorPercent = plan.MirrorPercent, NeverAnswers = plan.Strategy == ReleaseStrategy.Shadow, Paused = step?.Pause ?? false, Approved = false, StepStarted = now, AfterWindow = seen.NewestWindow,
            Epoch = state.Epoch + 1,
        };
    }

    private static string Plan(ReleasePlan plan, ReleaseState next) => plan.Strategy switch
    {
        ReleaseStrategy.Shadow => $"{next.MirrorPercent}% of the requests also run on it, unseen",
        ReleaseStrategy.BlueGreen => "it is loaded beside, without traffic",
        _ => $"it answers {next.Percent}% of the requests{(next.Paused ? ", until somebody resumes" : "")}",
    };

    private static string Words(TimeSpan time) => time.TotalHours >= 1 ? FormattableString.Invariant($"{time.TotalHours:G4} h")
        : time.TotalMinutes >= 1 ? FormattableString.Invariant($"{time.TotalMinutes:G4} min")
        : FormattableString.Invariant($"{time.TotalSeconds:G4} s");
}
