using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Tests.Rollouts.Domain;

public class JudgeTests
{
    [Theory]

    // rows, mean difference, variance, errors, tolerance, windows of the stage -> verdict
    [InlineData(20, -0.1, 0.04, 0, 0.0, 1, "Advance")]
    [InlineData(20, 0.0, 0.04, 0, 0.0, 1, "Advance")]
    [InlineData(19, -0.1, 0.04, 0, 0.0, 1, "Hold")]
    [InlineData(0, 0.0, 0.0, 0, 0.0, 1, "Hold")]
    [InlineData(0, 0.0, 0.0, 0, 0.0, 6, "RollBack")]
    [InlineData(19, -0.1, 0.04, 0, 0.0, 6, "RollBack")]
    [InlineData(20, -0.1, 0.04, 0, 0.0, 6, "Advance")]
    [InlineData(20, 0.5, 0.04, 0, 0.0, 1, "RollBack")]
    [InlineData(5, 0.5, 0.04, 0, 0.0, 1, "RollBack")]
    [InlineData(4, 0.5, 0.04, 0, 0.0, 1, "Hold")]
    [InlineData(20, 0.01, 0.04, 0, 0.0, 1, "Hold")]
    [InlineData(20, 0.01, 0.04, 0, 0.0, 6, "RollBack")]
    [InlineData(20, 0.01, 0.04, 0, 0.02, 1, "Advance")]
    [InlineData(20, 0.03, 0.04, 0, 0.02, 1, "RollBack")]
    [InlineData(20, -0.1, 0.04, 1, 0.0, 1, "RollBack")]
    public void Stage_IsJudgedByRowsDifferenceAndErrors(
        int rows, double difference, double variance, int errors, double tolerance, int windows, string verdict)
    {
        var evidence = new Evidence(rows, difference, variance, AgainstLoss: 1, Requests: 100, errors);
        Assert.Equal(verdict, Judge.Stage(evidence, JudgeRule.Default with { Tolerance = tolerance }, windows).Verdict.ToString());
    }

    [Fact]
    public void Reasons_CarryTheFigures()
    {
        var reason = Judge.Stage(new Evidence(30, 0.5, 0.04, 2, 30, 0), JudgeRule.Default, 1).Reason;
        Assert.Contains("0.5 (+25.0% of 2) over 30 rows", reason, StringComparison.Ordinal);
        Assert.Contains("p = ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreDifference_NeverHelps()
    {
        var random = new Random(3);
        for (var round = 0; round < 2000; round++)
        {
            var better = new Evidence(random.Next(0, 60), random.NextDouble() - 0.5, random.NextDouble(), 1, 100, random.Next(2));
            var worse = better with { MeanDifference = better.MeanDifference + random.NextDouble() };
            var rule = JudgeRule.Default with { Tolerance = random.Next(2) * 0.1, MaxErrorRate = random.NextDouble() / 50 };
            var windows = random.Next(1, 8);
            var (first, second) = (Judge.Stage(better, rule, windows).Verdict, Judge.Stage(worse, rule, windows).Verdict);
            Assert.False(first == Verdict.RollBack && second == Verdict.Advance, $"{better} {worse} {rule}");
            Assert.False(first == Verdict.Hold && second == Verdict.Advance, $"{better} {worse} {rule}");
        }
    }
}
