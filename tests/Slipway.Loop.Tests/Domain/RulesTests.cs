using Slipway.Contracts.Training.Ports;
using Slipway.Kernel.Frames;
using Slipway.Loop.Domain;

namespace Slipway.Loop.Tests.Domain;

public class RulesTests
{
    [Theory]
    [InlineData(1000, 300, 950)]
    [InlineData(1000, 3000, 700)]
    [InlineData(90, 3000, 60)]
    [InlineData(60_000, 600_000, 55_000)]
    [InlineData(0, 100, 0)]
    public void Holdout_IsATenthOfTheFirstWindowWithinBounds(int rows, int firstTrainingRows, int expected) =>
        Assert.Equal(expected, Holdout.FirstRow(new TimeColumn("t", [.. Enumerable.Range(0, rows).Select(i => (long)i)]), firstTrainingRows));

    [Fact]
    public void HoldoutAmongTies_TakesTheWholeInstant()
    {
        var time = new TimeColumn("t", [.. Enumerable.Range(0, 1000).Select(i => (long)(i / 80))]);

        Assert.Equal(880, Holdout.FirstRow(time, 300));
    }

    [Fact]
    public void Candidates_AreShareOfTheFirstWindowThatFitAndTheBaseline()
    {
        var candidates = CandidateWindows.For("gradient-boosting", 400, 1000);

        Assert.Equal([100, 200, 400, 800, int.MaxValue, 400], candidates.Select(c => c.Rows));
        Assert.Equal("linear", candidates[^1].Algorithm);
        Assert.Equal([int.MaxValue, 40], CandidateWindows.For("gradient-boosting", 40, 60).Select(c => c.Rows));
        Assert.Equal([100, 200, int.MaxValue, 400], CandidateWindows.For("gradient-boosting", 400, 440).Select(c => c.Rows));
    }

    [Theory]
    [InlineData(1.0, 2.0, 3.0, 0)]
    [InlineData(1.0, 1.005, 2.0, 1)]
    [InlineData(1.0, 1.02, 1.01, 2)]
    [InlineData(0.0, 0.0, 0.5, 1)]
    [InlineData(double.NaN, 2.0, 3.0, 1)]
    [InlineData(double.PositiveInfinity, double.NaN, 5.0, 2)]
    public void BestWindow_IsTheLongestOfThoseThatAreAsGood(double first, double second, double third, int expected) => Assert.Equal(
        expected,
        CandidateWindows.Choose([(new Candidate("a", 100, "1"), first), (new Candidate("a", 200, "2"), second), (new Candidate("a", int.MaxValue, "all"), third)]));

    [Fact]
    public void NoUsableWindowAtAll_StillChoosesOne() => Assert.InRange(
        CandidateWindows.Choose([(new Candidate("a", 100, "1"), double.NaN), (new Candidate("a", 200, "2"), double.PositiveInfinity)]), 0, 1);

    [Fact]
    public void FirstModel_PassesWithoutAChampion()
    {
        var verdict = GateRule.Judge(null, [new Contender(null, 9, 0, 0)], 100);

        Assert.Equal((true, null), (verdict.Passed, verdict.Version));
    }

    /// <summary>Differences are against a champion whose loss is 1, on 100 rows.</summary>
    [Theory]
    [InlineData(-0.5, 1, null, null, "challenger")]
    [InlineData(-0.1, 1, null, null, "none")]
    [InlineData(-0.2, 1, null, null, "challenger")]
    [InlineData(0.5, 1, null, null, "none")]
    [InlineData(-0.019, 0, null, null, "none")]
    [InlineData(-0.021, 0, null, null, "challenger")]
    [InlineData(-0.18, 1, null, null, "challenger")]
    [InlineData(-0.18, 1, 0.5, 1.0, "none")]
    [InlineData(0, 0, null, null, "none")]
    [InlineData(0.2, 1, -0.5, 1.0, "former")]
    [InlineData(-0.4, 1, -0.5, 1.0, "former")]
    [InlineData(-0.49, 1, -0.5, 1.0, "challenger")]
    [InlineData(-0.5, 1, -0.4, 1.0, "challenger")]
    [InlineData(-0.4, 1, -0.5, 100.0, "challenger")]
    [InlineData(double.NaN, double.NaN, null, null, "none")]
    public void Gate_LetsThroughWhoIsBetterWithConfidence(double own, double ownVariance, double? former, double? formerVariance, string expected)
    {
        List<Contender> contenders = [new Contender(null, 1 + own, own, ownVariance)];
        if (former is { } difference)
        {
            contenders.Add(new Contender(3, 1 + difference, difference, formerVariance!.Value));
        }

        var verdict = GateRule.Judge(1, contenders, 100);

        Assert.Equal(expected, !verdict.Passed ? "none" : verdict.Version is 3 ? "former" : "challenger");
        Assert.Contains("champion's 1", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void LoopPhases_MoveAsWrittenOnly()
    {
        var allowed = LoopTransitions.Table.All.ToDictionary(t => (t.From, t.On), t => t.To);

        Assert.Equal(6, allowed.Count);
        Assert.Equal(LoopPhase.Deploying, allowed[(LoopPhase.Training, LoopHappening.Trained)]);
        Assert.Equal(LoopPhase.Replaying, allowed[(LoopPhase.Deploying, LoopHappening.Deployed)]);
        Assert.Equal(LoopPhase.Finished, allowed[(LoopPhase.Replaying, LoopHappening.DataEnded)]);
        Assert.All([LoopPhase.Training, LoopPhase.Deploying, LoopPhase.Replaying], p => Assert.Equal(LoopPhase.Failed, allowed[(p, LoopHappening.Broke)]));
        Assert.True(LoopTransitions.Table.IsFinal(LoopPhase.Finished) && LoopTransitions.Table.IsFinal(LoopPhase.Failed));
    }

    [Fact]
    public void NumbersThatAreCategories_BecomeTextInOneForm()
    {
        var text = (TextColumn)TrainingTable.AsText(new NumericColumn("c", [1, 1.0, 0.1, -0.5, double.NaN, 1e21]));

        Assert.Equal<IEnumerable<string?>>(["1", "1", "0.1", "-0.5", null, "1E+21"], text.Values);
        Assert.Equal<IEnumerable<string?>>(["2000-01-01T00:00:00.0000000Z", null], ((TextColumn)TrainingTable.AsText(new TimeColumn("t", [946_684_800_000_000, long.MinValue]))).Values);
    }

    [Fact]
    public void Target_IsTextExceptForRegression()
    {
        var column = new NumericColumn("y", [0, 1]);

        Assert.Same(column, TrainingTable.Target(column, LearningTask.Regression));
        Assert.Equal<IEnumerable<string?>>(["0", "1"], ((TextColumn)TrainingTable.Target(column, LearningTask.Binary)).Values);
    }

    [Fact]
    public void StackedTables_KeepTheKindsOfTheTopOrFallBackToText()
    {
        var top = new Frame([new NumericColumn("n", [1]), new TextColumn("s", ["a"]), new NumericColumn("mixed", [2]), new TimeColumn("t", [5])]);
        var bottom = new Frame([new TimeColumn("t", [6]), new TextColumn("mixed", ["b"]), new NumericColumn("s", [7]), new NumericColumn("n", [double.NaN])]);

        var stacked = TrainingTable.Stack(top, bottom);

        Assert.Equal(["n", "s", "mixed", "t"], stacked.Columns.Select(c => c.Name));
        Assert.Equal([1, double.NaN], ((NumericColumn)stacked["n"]).Values);
        Assert.Equal<IEnumerable<string?>>(["a", "7"], ((TextColumn)stacked["s"]).Values);
        Assert.Equal<IEnumerable<string?>>(["2", "b"], ((TextColumn)stacked["mixed"]).Values);
        Assert.Equal([5L, 6L], ((TimeColumn)stacked["t"]).Micros);
    }

    [Fact]
    public void Features_AreAllColumnsButTimesAndTarget()
    {
        Assert.Equal(["a", "b"], TrainingTable.DefaultFeatures([("t", true), ("a", false), ("when", true), ("y", false), ("b", false)], "t", "y"));
        var frame = new Frame([new NumericColumn("a", [1]), new NumericColumn("b", [2])]);
        var features = TrainingTable.Features(frame, ["b", "a"], ["a"]);
        Assert.Equal(["NumericColumn b", "TextColumn a"], features.Columns.Select(c => $"{c.GetType().Name} {c.Name}"));
        Assert.Equal([0, 2], TrainingTable.Known(new NumericColumn("y", [1, double.NaN, 0])));
    }
}
