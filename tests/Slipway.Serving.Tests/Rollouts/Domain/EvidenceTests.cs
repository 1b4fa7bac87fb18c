using Slipway.Contracts.Monitoring.Ports;
using Slipway.Serving.Rollouts.Domain;

namespace Slipway.Serving.Tests.Rollouts.Domain;

public class EvidenceTests
{
    [Fact]
    public void RowsInManyWindows_WeighAsIfTheyHadComeInOne()
    {
        var random = new Random(11);
        for (var round = 0; round < 200; round++)
        {
            var rows = random.Next(1, 60);
            var (left, right) = (Losses(random, rows), Losses(random, rows));
            var windows = new List<MonitorWindow>();
            for (var (at, number) = (0, 1); at < rows; number++)
            {
                var take = Math.Min(random.Next(1, 9), rows - at);
                windows.Add(Windows.Of(number, 2, left[at..(at + take)], 1, right[at..(at + take)], errors: take % 2));
                at += take;
            }

            var (split, whole) = (Evidence.Gather(windows, 2, 1), Evidence.Gather([Windows.Of(1, 2, left, 1, right)], 2, 1));
            Assert.Equal(whole.Rows, split.Rows);
            Assert.Equal(whole.MeanDifference, split.MeanDifference, 9);
            Assert.Equal(whole.Variance, split.Variance, 9);
            Assert.Equal(whole.AgainstLoss!.Value, split.AgainstLoss!.Value, 9);
            Assert.Equal(windows.Sum(w => w.Errors), split.Errors);
        }
    }

    [Fact]
    public void APairTheOtherWayRound_IsTurned()
    {
        var window = Windows.Differing(1, 1, 2, 0.5);
        Assert.Equal(-0.5, Evidence.Gather([window], 2, 1).MeanDifference, 12);
    }

    [Fact]
    public void OtherVersionsAndFiguresThatAreNone_AreLeftOut()
    {
        var broken = Windows.Empty(2) with { Pairs = [new PairedComparison(2, 1, 10, double.NaN, 1)] };
        var evidence = Evidence.Gather([Windows.Differing(1, 3, 1, 0.5), broken, Windows.Empty(3)], 2, 1);
        Assert.Equal((0, 0.0, 1.0), (evidence.Rows, evidence.MeanDifference, evidence.ChanceOfWorse()));
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 0)]
    public void RowsAllWorseByTheSame_CountFromFiveOn(int rows, double chance) =>
        Assert.Equal(chance, new Evidence(rows, 0.1, 0, 1, rows, 0).ChanceOfWorse());

    [Fact]
    public void AnEquallyGoodVersion_IsFoundWorseAboutAsOftenAsTheConfidenceAllows()
    {
        var random = new Random(5);
        var worse = Enumerable.Range(0, 4000).Count(_ =>
            Evidence.Gather([Windows.Of(1, 2, Losses(random, 25), 1, Losses(random, 25))], 2, 1).ChanceOfWorse() <= 0.05);
        Assert.InRange(worse / 4000.0, 0.035, 0.065);
    }

    private static double[] Losses(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];
}
