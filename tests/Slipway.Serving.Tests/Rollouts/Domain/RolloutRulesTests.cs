using Slipway.Contracts.Monitoring.Ports;
using Slipway.Contracts.Registry.Ports;
using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Tests.Rollouts.Domain;

public class RolloutRulesTests
{
    private static readonly RolloutPlan Plan = new([10, 50, 100], JudgeRule.Default, WatchWindows: 2);

    private static readonly AliasAssignment Champion = Alias("champion", 1, 1);

    private static readonly AliasAssignment Candidate = Alias("challenger", 2, 2);

    [Fact]
    public void ACandidateThatIsNew_IsStarted()
    {
        var started = RolloutRules.Next(RolloutState.Initial, Plan, See(7))!;
        Assert.Equal((DecisionKind.Started, 2, 1, 10, 7), (started.Kind, started.Version, started.FromVersion, started.Percent, started.Window));
        Assert.Equal((RolloutPhase.Canary, 2L, 7), (started.Next.Phase, started.Next.ObservedCandidateSequence, started.Next.StageStartedAfterWindow));
        Assert.Contains("ada", started.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void NothingIsStarted_WithoutChampionOrCandidateOrWhenJudgedBefore()
    {
        Assert.Null(RolloutRules.Next(RolloutState.Initial, Plan, See(1) with { Champion = null }));
        Assert.Null(RolloutRules.Next(RolloutState.Initial, Plan, See(1) with { Candidate = null }));
        Assert.Null(RolloutRules.Next(RolloutState.Initial, Plan, See(1) with { Candidate = Alias("challenger", 1, 5) }));
        Assert.Null(RolloutRules.Next(RolloutState.Initial with { ObservedCandidateSequence = 2 }, Plan, See(1)));
    }

    [Fact]
    public void AGoodCandidate_PassesEachStageOnAWindowOfItsOwn()
    {
        var decisions = Run([Good(8), Good(9), Good(10), Good(11), Good(12)], oneByOne: true);
        Assert.Equal(
            [(DecisionKind.Started, 10, 7), (DecisionKind.Advanced, 50, 8), (DecisionKind.Advanced, 100, 9), (DecisionKind.Promoted, 100, 10), (DecisionKind.Confirmed, 0, 12)],
            decisions.Select(d => (d.Kind, d.Percent, d.Window)));
    }

    [Fact]
    public void WindowsThatCameBeforeAStage_DoNotPassIt()
    {
        // All three are there at once: they are of the first stage, so only that one is passed.
        var decisions = Run([Good(8), Good(9), Good(10)], oneByOne: false);
        Assert.Equal([DecisionKind.Started, DecisionKind.Advanced], decisions.Select(d => d.Kind));
        Assert.Equal(10, decisions[^1].Next.StageStartedAfterWindow);
    }

    [Fact]
    public void FewRows_AreHeldAndAddUp()
    {
        var few = new[] { 8, 9, 10 }.Select(n => Windows.Differing(n, 2, 1, -0.1, rows: 8)).ToArray();
        Assert.Equal(
            [DecisionKind.Started, DecisionKind.Held, DecisionKind.Held, DecisionKind.Advanced], Run(few, oneByOne: true).Select(d => d.Kind));
    }

    [Fact]
    public void ABadCandidate_IsRolledBackAtOnceAndNotTriedAgain()
    {
        var decisions = Run([Windows.Differing(8, 2, 1, 0.5), Good(9)], oneByOne: true);
        Assert.Equal([DecisionKind.Started, DecisionKind.RolledBack], decisions.Select(d => d.Kind));
        Assert.Equal(0, decisions[^1].Percent);
    }

    [Fact]
    public void NoEvidence_EndsAfterMaxWindows()
    {
        var decisions = Run([.. Enumerable.Range(8, 8).Select(Windows.Empty)], oneByOne: true);
        Assert.Equal([DecisionKind.Started, .. Enumerable.Repeat(DecisionKind.Held, 5), DecisionKind.RolledBack], decisions.Select(d => d.Kind));
    }

    [Fact]
    public void ANewChampionThatTurnsOutWorse_IsTakenBack()
    {
        var decisions = Run([Good(8), Good(9), Good(10), Windows.Differing(11, 2, 1, 0.4)], oneByOne: true);
        Assert.Equal((DecisionKind.RolledBack, 11, 1), (decisions[^1].Kind, decisions[^1].Window, decisions[^1].FromVersion));
    }

    [Fact]
    public void AnotherCandidate_EndsTheRolloutAndIsStartedNext()
    {
        var canary = RolloutRules.Next(RolloutState.Initial, Plan, See(7))!.Next;
        var seen = See(7) with { Candidate = Alias("challenger", 3, 3) };
        var ended = RolloutRules.Next(canary, Plan, seen)!;
        Assert.Equal((DecisionKind.RolledBack, 2), (ended.Kind, ended.Version));
        var started = RolloutRules.Next(ended.Next, Plan, seen)!;
        Assert.Equal((DecisionKind.Started, 3), (started.Kind, started.Version));
    }

    [Fact]
    public void ACandidateWithdrawn_EndsTheRollout()
    {
        var canary = RolloutRules.Next(RolloutState.Initial, Plan, See(7))!.Next;
        var ended = RolloutRules.Next(canary, Plan, See(7) with { Candidate = null })!;
        Assert.Equal(DecisionKind.RolledBack, ended.Kind);
        Assert.Null(RolloutRules.Next(ended.Next, Plan, See(7) with { Candidate = null }));
    }

    [Fact]
    public void AnotherChampionSetByHand_StartsTheComparisonAnew()
    {
        var canary = RolloutRules.Next(RolloutState.Initial, Plan, See(7))!.Next;
        var seen = See(7) with { Champion = Alias("champion", 5, 9) };
        var ended = RolloutRules.Next(canary, Plan, seen)!;
        var started = RolloutRules.Next(ended.Next, Plan, seen)!;
        Assert.Equal((DecisionKind.RolledBack, DecisionKind.Started, 2, 5), (ended.Kind, started.Kind, started.Version, started.FromVersion));
    }

    [Fact]
    public void ACandidateMadeChampionByHand_IsWatched()
    {
        var canary = RolloutRules.Next(RolloutState.Initial, Plan, See(7))!.Next;
        var promoted = RolloutRules.Next(canary, Plan, See(7) with { Champion = Alias("champion", 2, 9) })!;
        Assert.Equal((DecisionKind.Promoted, RolloutPhase.Watching), (promoted.Kind, promoted.Next.Phase));
    }

    [Fact]
    public void AnyWindowsInAnyPortions_EndAndNeverLeaveTheTable()
    {
        var random = new Random(23);
        for (var round = 0; round < 300; round++)
        {
            var windows = Enumerable.Range(8, 20).Select(n => random.Next(4) switch
            {
                0 => Windows.Empty(n),
                1 => Windows.Differing(n, 2, 1, random.NextDouble() - 0.6, random.Next(0, 40)),
                2 => Windows.Differing(n, 1, 2, random.NextDouble() - 0.4, random.Next(0, 40)),
                _ => Windows.Differing(n, 2, 1, -0.1, errors: random.Next(60) == 0 ? 1 : 0),
            }).ToArray();
            var decisions = Run(windows, oneByOne: random.Next(2) == 0);
            var phase = RolloutPhase.Idle;
            foreach (var decision in decisions)
            {
                Assert.True(RolloutRules.Transitions.TryNext(phase, decision.Kind, out phase));
                Assert.Equal(phase, decision.Next.Phase);
                Assert.Equal((2, 1), (decision.Version, decision.FromVersion));
            }

            Assert.Equal(decisions.Count, decisions.Select(d => (d.Kind, d.Window, d.Percent)).Distinct().Count());
        }
    }

    private static List<Decision> Run(MonitorWindow[] windows, bool oneByOne)
    {
        var (state, decisions, champion) = (RolloutState.Initial, new List<Decision>(), Champion);
        AliasAssignment? candidate = Candidate;
        for (var visible = oneByOne ? 0 : windows.Length; visible <= windows.Length; visible++)
        {
            while (decisions.Count < 100)
            {
                // The start is always seen before the first window.
                var shown = windows.Take(decisions.Count == 0 ? 0 : visible).Where(w => w.Number > state.StartedAfterWindow).ToArray();
                var newest = shown.Length > 0 ? shown[^1].Number : 7;
                if (RolloutRules.Next(state, Plan, new Sighting(candidate, champion, shown, newest)) is not { } decision)
                {
                    break;
                }

                decisions.Add(decision);
                state = decision.Next;
                if (decision.Kind == DecisionKind.Promoted)
                {
                    (champion, candidate) = (Alias("champion", 2, 3), null);
                }
            }
        }

        return decisions;
    }

    private static MonitorWindow Good(int number) => Windows.Differing(number, 2, 1, -0.1);

    private static Sighting See(int newest) => new(Candidate, Champion, [], newest);

    private static AliasAssignment Alias(string alias, int version, long sequence) =>
        new("housing", alias, version, null, "ada", "", DateTimeOffset.UnixEpoch, sequence);
}
