using Slipway.Kernel.Frames;
using Slipway.Kernel.Problems;
using Slipway.Loop.Domain;

namespace Slipway.Loop.Tests.Domain;

public class LoopPlanTests
{
    private static readonly DateTimeOffset Start = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void CalendarSteps_CutAtTheCalendarAndCoverEveryRowOnce()
    {
        // Two years of days; the first year is the training window.
        var plan = Make(Days(731), "\"train\": {\"until\": \"2001-01-01\"}").OrThrow();

        Assert.Equal((0, 366, "training"), (plan.Training.FirstRow, plan.Training.EndRow, plan.Training.Label));
        Assert.Equal(12, plan.Steps.Count);
        Assert.Equal(("2001-01", Start.AddYears(1), Start.AddYears(1).AddMonths(1), 366, 397), Parts(plan.Steps[0]));
        Assert.Equal(("2001-02", 28), (plan.Steps[1].Label, plan.Steps[1].Rows));
        Assert.Equal(["2001"], plan.Windows.Select(w => w.Label));
        AssertCovers(plan.Steps, 366, 731);
        AssertCovers(plan.Windows, 366, 731);
    }

    [Fact]
    public void MonthsWithoutRows_MakeNoSteps()
    {
        var times = Days(60).Concat(Enumerable.Range(0, 10).Select(i => Start.AddMonths(6).AddDays(i))).ToArray();

        var plan = Make(times, "\"train\": {\"until\": \"2000-02-01\"}").OrThrow();

        Assert.Equal(["2000-02", "2000-07"], plan.Steps.Select(s => s.Label));
        AssertCovers(plan.Steps, 31, 70);
    }

    [Fact]
    public void TrainingThatEndsWithinAMonth_LeavesTheRestOfItToTheFirstStep()
    {
        var plan = Make(Days(60), "\"train\": {\"until\": \"2000-01-16\"}").OrThrow();

        Assert.Equal(("2000-01", 15, 31), (plan.Steps[0].Label, plan.Steps[0].FirstRow, plan.Steps[0].EndRow));
    }

    [Fact]
    public void RowSteps_KeepRowsOfOneInstantTogether()
    {
        // Rows in groups of three that share an instant.
        var times = Enumerable.Range(0, 90).Select(i => Start.AddHours(i / 3)).ToArray();

        var plan = Make(times, "\"step\": \"10 rows\", \"report\": \"40 rows\"").OrThrow();

        Assert.Equal((0, 18), (plan.Training.FirstRow, plan.Training.EndRow));
        Assert.Equal([12, 12, 12, 12, 12, 12], plan.Steps.Select(s => s.Rows));
        Assert.Equal(("rows 19-30", Start.AddHours(6), Start.AddHours(10)), (plan.Steps[0].Label, plan.Steps[0].From, plan.Steps[0].Until));
        AssertCovers(plan.Steps, 18, 90);
        AssertCovers(plan.Windows, 18, 90);
        AssertTimesTellRowsApart(plan, times);
    }

    [Fact]
    public void AnyData_IsCutWithoutGapsAndTimesTellTheRowsOfOneStepFromTheNext()
    {
        for (var seed = 1; seed <= 60; seed++)
        {
            var random = new Random(seed);
            var at = Start;
            var times = Enumerable.Range(0, 40 + random.Next(300)).Select(_ => at = at.AddHours(random.Next(3) == 0 ? random.Next(400) : 0)).ToArray();
            var step = new[] { "7 rows", "day", "week", "month", "hour", "quarter", "year" }[random.Next(7)];

            if (Make(times, $"\"step\": \"{step}\", \"report\": \"{step}\"").TryGet(out var plan, out _))
            {
                AssertCovers(plan.Steps, plan.Training.EndRow, times.Length);
                AssertTimesTellRowsApart(plan, times);
            }
        }
    }

    [Fact]
    public void Watermark_IsTheStepsEndWithoutDelayAndThatMuchEarlierWithOne()
    {
        var times = Days(731);
        const string Train = "\"train\": {\"until\": \"2001-01-01\"}";
        var (plan, atOnce) = (Make(times, Train).OrThrow(), Spec(Train));

        Assert.Equal(plan.Steps[3].Until, plan.WatermarkAfter(3, atOnce));
        Assert.Equal(Start.AddYears(1).AddMonths(3), plan.WatermarkAfter(3, Spec(Train + ", \"feedbackDelay\": \"month\"")));
        Assert.Equal(plan.Steps[0].From, plan.WatermarkAfter(0, Spec(Train + ", \"feedbackDelay\": \"month\"")));
        Assert.Equal(plan.Steps[3].Until.AddDays(-7), plan.WatermarkAfter(3, Spec(Train + ", \"feedbackDelay\": \"week\"")));
        Assert.Equal(plan.Steps[3].Until.AddMonths(-3), plan.WatermarkAfter(3, Spec(Train + ", \"feedbackDelay\": \"quarter\"")));
    }

    [Fact]
    public void DelayInRows_HoldsLabelsBackUntilSoManyRowsHaveFollowed()
    {
        var times = Enumerable.Range(0, 100).Select(i => Start.AddHours(i)).ToArray();
        const string Steps = "\"step\": \"10 rows\", \"report\": \"50 rows\"";
        var plan = Make(times, Steps).OrThrow();

        DateTimeOffset[] Watermarks(string more) => [.. Enumerable.Range(0, 4).Select(i => plan.WatermarkAfter(i, Spec(Steps + more)))];
        Assert.Equal(plan.Steps.Take(4).Select(s => s.Until), Watermarks(""));
        Assert.Equal([plan.Steps[0].From, plan.Steps[0].Until, plan.Steps[1].Until, plan.Steps[2].Until], Watermarks(", \"feedbackDelay\": \"10 rows\""));
        Assert.Equal([plan.Steps[0].From, plan.Steps[0].From, plan.Steps[0].Until, plan.Steps[1].Until], Watermarks(", \"feedbackDelay\": \"15 rows\""));
    }

    [Fact]
    public void TimeThatGoesBackwards_IsToldByRow()
    {
        var times = Days(40);
        times[7] = times[5];

        var problem = Make(times).Problem!;

        Assert.StartsWith("row 8: time goes backwards", problem.Message, StringComparison.Ordinal);
        Assert.Contains("sort the file by 't'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EmptyTime_IsToldByRow()
    {
        var micros = Days(40).Select(TimeColumn.ToMicros).ToArray();
        micros[3] = long.MinValue;

        Assert.Equal("row 4: the time column 't' is empty", LoopPlan.Make(Spec(), new TimeColumn("t", micros)).Problem!.Message);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(19, "")]
    [InlineData(40, "\"train\": {\"until\": \"2100-01-01\"}")]
    [InlineData(40, "\"train\": {\"from\": \"2100-01-01\"}")]
    [InlineData(40, "\"train\": {\"until\": \"2000-01-05\"}")]
    [InlineData(40, "\"train\": {\"until\": \"1990-01-01\"}")]
    public void TooLittleToTrainOnOrToReplay_IsRefusedInWords(int rows, string more) => Assert.Contains("needs at least", Make(Days(rows), more).Problem!.Message, StringComparison.Ordinal);

    [Fact]
    public void RowsOfOneInstantOnly_AreRefused() =>
        Assert.Equal(ProblemCode.Invalid, Make([.. Enumerable.Repeat(Start, 50)]).Problem!.Code);

    private static LoopSpec Spec(string more = "") => LoopSpecTests.Parse(
        $$"""{"dataset": {"name": "d"}, "time": "t", "target": "y", "task": "regression"{{(more.Length > 0 ? ", " + more : "")}} }""").OrThrow();

    private static Result<LoopPlan> Make(DateTimeOffset[] times, string more = "") =>
        LoopPlan.Make(Spec(more), new TimeColumn("t", Array.ConvertAll(times, TimeColumn.ToMicros)));

    private static DateTimeOffset[] Days(int count) => [.. Enumerable.Range(0, count).Select(i => Start.AddDays(i))];

    private static (string, DateTimeOffset, DateTimeOffset, int, int) Parts(Stretch s) => (s.Label, s.From, s.Until, s.FirstRow, s.EndRow);

    private static void AssertCovers(IReadOnlyList<Stretch> cuts, int first, int end)
    {
        Assert.Equal((first, end), (cuts[0].FirstRow, cuts[^1].EndRow));
        Assert.All(cuts, c => Assert.True(c.Rows > 0 && c.From < c.Until));
        Assert.All(cuts.Zip(cuts.Skip(1)), p => Assert.True(p.First.EndRow == p.Second.FirstRow && p.First.Until <= p.Second.From));
    }

    private static void AssertTimesTellRowsApart(LoopPlan plan, DateTimeOffset[] times) => Assert.All(
        plan.Steps, s => Assert.Equal(
            Enumerable.Range(s.FirstRow, s.Rows), Enumerable.Range(plan.Training.EndRow, times.Length - plan.Training.EndRow).Where(i => times[i] >= s.From && times[i] < s.Until)));
}
