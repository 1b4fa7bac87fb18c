using Slipway.Serving.Trials;
using Slipway.Serving.Trials.Domain;

namespace Slipway.Serving.Tests.Trials;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7.5)]
    [InlineData(100)]
    [InlineData(12_345)]
    [InlineData(60_000_000)]
    public void ABucket_IsNearWhatFellIntoIt(double micros)
    {
        var middle = LatencyBuckets.MiddleOf(LatencyBuckets.Of(TimeSpan.FromMicroseconds(micros))) * 1000;
        Assert.InRange(middle / Math.Floor(micros), 0.93, 1.07);
    }

    [Fact]
    public void ShortestAndLongest_StayInRange()
    {
        Assert.Equal(0, LatencyBuckets.Of(TimeSpan.Zero));
        Assert.Equal(LatencyBuckets.Count - 1, LatencyBuckets.Of(TimeSpan.FromDays(3)));
    }

    [Fact]
    public void FiguresOfTwoReplicas_AddUpToThoseOfOne()
    {
        var (all, first, second) = (new RevisionFigures(), new RevisionFigures(), new RevisionFigures());
        for (var i = 1; i <= 1000; i++)
        {
            var took = TimeSpan.FromMilliseconds(i);
            all.OnAnswered(took);
            (i % 3 == 0 ? first : second).OnAnswered(took);
        }

        all.OnFailed();
        second.OnFailed();
        var sum = first.Read().Plus(second.Read());
        Assert.Equal((1001, 1, 500.5), (sum.Requests, sum.Errors, sum.MeanMs!.Value));
        Assert.Equal(all.Read().Latencies, sum.Latencies);
        Assert.Equal(all.Read().VarianceMs, sum.VarianceMs, 3);
        Assert.InRange(sum.QuantileMs(0.95)!.Value, 950 * 0.93, 950 * 1.07);
        Assert.InRange(sum.QuantileMs(0.5)!.Value, 500 * 0.93, 500 * 1.07);
        Assert.Null(Figures.None.QuantileMs(0.5));
    }
}
