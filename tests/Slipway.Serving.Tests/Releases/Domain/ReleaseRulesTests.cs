using System.Text.Json.Nodes;
using Slipway.Contracts.Monitoring.Ports;
using Slipway.Kernel.Problems;
using Slipway.Serving.Releases.Domain;
using Slipway.Serving.Tests.Rollouts;
using Slipway.Serving.Trials.Domain;

namespace Slipway.Serving.Tests.Releases.Domain;

public sealed class ReleaseRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ReleaseState Released = ReleaseState.Initial with { Released = 1 };

    [Fact]
    public void WhatAnswersWhenTheRolloutComes_IsAdopted_NotRolledOut()
    {
        Assert.Equal((ReleaseKind.Adopted, 3), Kind(ReleaseRules.Next(ReleaseState.Initial, Plan(), See(target: 4, released: 3), Start)));
        Assert.Equal((ReleaseKind.Adopted, 4), Kind(ReleaseRules.Next(ReleaseState.Initial, Plan(), See(target: 4), Start)));
        Assert.Null(ReleaseRules.Next(ReleaseState.Initial, Plan(), See(target: 4, loaded: false), Start));

        static (ReleaseKind, int) Kind(ReleaseDecision? decision) => (decision!.Kind, decision.Next.Released);
    }

    [Fact]
    public void ARevisionThatCannotBeLoaded_NeverStarts() => Assert.Null(ReleaseRules.Next(Released, Plan(), See(loaded: false), Start));

    [Fact]
    public void ACanary_GoesStepByStep_AndIsPromotedAfterTheLast()
    {
        var plan = Plan("""{"steps":[{"percent":10,"for":"1m"},{"percent":50,"for":"1m"}],"analyses":[{"metric":"errorRate","max":0.01}]}""");
        var state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        Assert.Equal((2, 10), (state.Candidate, state.Percent));
        Assert.Null(ReleaseRules.Next(state, plan, See(measured: Good()), Start.AddSeconds(59)));
        state = Decide(state, plan, See(measured: Good()), 60, ReleaseKind.Advanced);
        Assert.Equal((50, 2), (state.Percent, state.Epoch));
        state = Decide(state, plan, See(measured: Good()), 120, ReleaseKind.Promoted);
        Assert.Equal((ReleasePhase.Watching, 2, 1, 0), (state.Phase, state.Released, state.Former, state.Percent));
        Assert.Null(ReleaseRules.Next(state, plan, See(), Start.AddMinutes(5)));
        state = Decide(state, plan, See(), 120 + 600, ReleaseKind.Confirmed);
        Assert.Equal((ReleasePhase.Idle, 2), (state.Phase, state.Released));
        Assert.Null(ReleaseRules.Next(state, plan, See(), Start.AddDays(1)));
    }

    [Fact]
    public void AFigureBeyondItsLimit_TakesTheCandidateBackAtOnce_AndItIsNotTriedAgain()
    {
        var plan = Plan("""{"analyses":[{"metric":"errorRate","max":0.01},{"metric":"latencyP95","maxRatio":1.5}]}""");
        var state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        var decision = ReleaseRules.Next(state, plan, See(measured: Bad()), Start.AddSeconds(1))!;
        Assert.Equal((ReleaseKind.RolledBack, 1, 0), (decision.Kind, decision.Next.Released, decision.Next.Percent));
        Assert.Contains("errorRate 0.1", decision.Reason, StringComparison.Ordinal);
        Assert.Equal([Verdict.Failed, Verdict.Passed], decision.Findings.Select(f => f.Verdict));
        Assert.Null(ReleaseRules.Next(decision.Next, plan, See(measured: Good()), Start.AddDays(1)));

        // Asking for the released one in between clears the name of the candidate.
        var idle = Decide(decision.Next, plan, See(target: 1), 100, ReleaseKind.Superseded);
        Assert.Equal(ReleaseKind.Started, ReleaseRules.Next(idle, plan, See(), Start.AddSeconds(200))!.Kind);
    }

    [Fact]
    public void WithoutEnoughSamples_AStepWaits_AndThenGivesUp()
    {
        var plan = Plan("""{"steps":[{"percent":10,"for":"1m"}],"maxWait":"1m","analyses":[{"metric":"errorRate","max":0.5,"minSamples":1000}]}""");
        var state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        Assert.Null(ReleaseRules.Next(state, plan, See(measured: Good()), Start.AddSeconds(119)));
        var decision = ReleaseRules.Next(state, plan, See(measured: Good()), Start.AddSeconds(120))!;
        Assert.Equal(ReleaseKind.RolledBack, decision.Kind);
        Assert.StartsWith("not enough to judge by", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AStepThatPauses_WaitsForAPerson_WhoMayResumeIt()
    {
        var plan = Plan("""{"steps":[{"percent":10,"pause":true},{"percent":50}]}""");
        var state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        Assert.True(state.Paused);
        Assert.Null(ReleaseRules.Next(state, plan, See(measured: Bad()), Start.AddDays(1)));
        state = Command(ReleaseCommand.Resume, state, plan);
        Assert.Equal(50, Decide(state, plan, See(measured: Good()), 1, ReleaseKind.Advanced).Percent);
    }

    [Fact]
    public void AfterThePromotion_AFigureBeyondItsLimit_BringsTheFormerBack()
    {
        var plan = Plan("""{"strategy":"bluegreen","analyses":[{"metric":"errorRate","max":0.01}]}""");
        var state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        Assert.Equal((0, 0), (state.Percent, state.MirrorPercent));
        state = Decide(state, plan, See(measured: Measured.Nothing), 0, ReleaseKind.Promoted);
        state = Decide(state, plan, See(measured: Bad()), 30, ReleaseKind.RolledBack);
        Assert.Equal((ReleasePhase.Refused, 1, 2, 0), (state.Phase, state.Released, state.Candidate, state.Former));
    }

    [Fact]
    public void AShadow_NeverAnswers_AndWaitsForAPersonInTheEnd()
    {
        var plan = Plan("""{"strategy":"shadow","for":"1m","analyses":[{"metric":"disagreement","max":0.1}]}""");
        var state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        Assert.Equal((0, 100, true), (state.Percent, state.MirrorPercent, state.NeverAnswers));
        var same = Measured.Nothing with { Candidate = new Figures { Requests = 100, Compared = 100, Agreed = 99 } };
        state = Decide(state, plan, See(measured: same), 60, ReleaseKind.Paused);
        Assert.Equal(2, Command(ReleaseCommand.Promote, state, plan).Released);

        state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        var other = Measured.Nothing with { Candidate = new Figures { Requests = 100, Compared = 100, Agreed = 80 } };
        Assert.Equal(ReleaseKind.RolledBack, ReleaseRules.Next(state, plan, See(measured: other), Start)!.Kind);
    }

    [Theory]
    [InlineData(0.5, ReleaseKind.Promoted)]
    [InlineData(2.0, ReleaseKind.RolledBack)]
    [InlineData(1.0, ReleaseKind.Looked)]
    public void AnAbTest_EndsAsSoonAsOneIsBetterBeyondChance(double times, object expected)
    {
        var plan = Plan("""{"strategy":"ab","winner":{"metric":"latencyMean","minSamples":100}}""");
        var state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        Assert.Equal(50, state.Percent);
        Assert.Null(ReleaseRules.Next(state, plan, See(measured: Compared(50, 10 * times)), Start));
        Assert.Equal((ReleaseKind)expected, ReleaseRules.Next(state, plan, See(measured: Compared(200, 10 * times)), Start)!.Kind);
    }

    [Fact]
    public void AnAbTest_LooksAgainOnlyWithTwiceTheSamples_AndKeepsTheReleasedOneWhenChanceExplainsAll()
    {
        var plan = Plan("""{"strategy":"ab","for":"1h","winner":{"metric":"latencyMean","minSamples":100}}""");
        var state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        state = Decide(state, plan, See(measured: Compared(150, 10)), 10, ReleaseKind.Looked);
        Assert.Null(ReleaseRules.Next(state, plan, See(measured: Compared(199, 10)), Start.AddSeconds(20)));
        state = Decide(state, plan, See(measured: Compared(200, 10)), 30, ReleaseKind.Looked);
        var end = ReleaseRules.Next(state, plan, See(measured: Compared(210, 10)), Start.AddHours(1))!;
        Assert.Equal((ReleaseKind.RolledBack, 1), (end.Kind, end.Next.Released));
        Assert.Contains("no difference beyond chance", end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void LossAndDrift_ComeFromTheMonitorsWindows()
    {
        var plan = Plan("""{"monitor":"m","steps":[{"percent":10}],"analyses":[{"metric":"loss","maxRatio":1.1,"minSamples":20}]}""");
        var state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        Measured With(double loss) => Measured.Nothing with { Windows = [Quality(1, 1.0), Quality(2, loss)], CandidateVersion = 2, BaselineVersion = 1 };
        Assert.Equal(ReleaseKind.RolledBack, ReleaseRules.Next(state, plan, See(measured: With(1.2)), Start)!.Kind);
        Assert.Equal(ReleaseKind.Promoted, ReleaseRules.Next(state, plan, See(measured: With(0.9)), Start)!.Kind);

        static MonitorWindow Quality(int version, double loss) => new(
            version, Start, Start, 30, 0, null, [new VersionQuality(version, 30, 30, new Dictionary<string, double>(), loss, 0.1)], [], null, null);
    }

    [Fact]
    public void CommandsOutOfPlace_AreRefusedWithWhatToDoInstead()
    {
        var plan = Plan();
        foreach (var command in Enum.GetValues<ReleaseCommand>())
        {
            var refused = ReleaseCommands.Decide(command, Released, plan, See(target: 1), Start, "why");
            Assert.Equal(ProblemCode.Conflict, refused.Problem!.Code);
        }

        var state = Decide(Released, plan, See(), 0, ReleaseKind.Started);
        var paused = Command(ReleaseCommand.Pause, state, plan);
        Assert.Contains("paused already", ReleaseCommands.Decide(ReleaseCommand.Pause, paused, plan, See(), Start, "").Problem!.Message, StringComparison.Ordinal);
        var aborted = Command(ReleaseCommand.Abort, state, plan);
        Assert.Contains("resume tries it again", ReleaseCommands.Decide(ReleaseCommand.Abort, aborted, plan, See(), Start, "").Problem!.Message, StringComparison.Ordinal);
        Assert.Equal(ReleasePhase.Progressing, Command(ReleaseCommand.Resume, aborted, plan).Phase);
        Assert.Equal(2, Command(ReleaseCommand.Promote, aborted, plan).Released);
    }

    [Fact]
    public void AnUndo_GoesBackToTheFormer_AlsoAfterTheWatch()
    {
        var plan = Plan();
        var state = Command(ReleaseCommand.Promote, Decide(Released, plan, See(), 0, ReleaseKind.Started), plan);
        var confirmed = Decide(state, plan, See(), 6000, ReleaseKind.Confirmed);
        foreach (var from in new[] { state, confirmed })
        {
            var undone = Command(ReleaseCommand.Undo, from, plan);
            Assert.Equal((ReleasePhase.Refused, 1, 2), (undone.Phase, undone.Released, undone.Candidate));
            Assert.Null(ReleaseRules.Next(undone, plan, See(measured: Good()), Start.AddDays(1)));
        }
    }

    private static ReleasePlan Plan(string spec = "{}") => ReleasePlanReader.Read((JsonObject)JsonNode.Parse(spec)!).OrThrow();

    private static ReleaseSighting See(int target = 2, bool loaded = true, int released = 0, Measured? measured = null) => new(target, loaded, released, 0, measured);

    private static ReleaseState Decide(ReleaseState state, ReleasePlan plan, ReleaseSighting seen, int seconds, ReleaseKind expected)
    {
        var decision = ReleaseRules.Next(state, plan, seen, Start.AddSeconds(seconds));
        Assert.Equal(expected, decision?.Kind);
        return decision!.Next;
    }

    private static ReleaseState Command(ReleaseCommand command, ReleaseState state, ReleasePlan plan) =>
        ReleaseCommands.Decide(command, state, plan, See(), Start, "by hand").OrThrow().Next;

    private static Measured Good() => Measured.Nothing with { Candidate = Took(100, 10), Baseline = Took(100, 10) };

    private static Measured Bad() => Measured.Nothing with { Candidate = Took(90, 10) with { Requests = 100, Errors = 10 }, Baseline = Took(100, 10) };

    private static Measured Compared(int samples, double ms) => Measured.Nothing with { Candidate = Took(samples, ms), Baseline = Took(samples, 10) };

    /// <summary>Answers that took that long, give or take a tenth.</summary>
    private static Figures Took(int samples, double ms)
    {
        var latencies = new long[LatencyBuckets.Count];
        latencies[LatencyBuckets.Of(TimeSpan.FromMilliseconds(ms))] = samples;
        return new Figures { Requests = samples, SumMs = samples * ms, SumSquaresMs = samples * ms * ms * 1.01, Latencies = latencies };
    }
}
