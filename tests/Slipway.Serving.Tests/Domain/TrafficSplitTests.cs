using System.Globalization;
using Slipway.Serving.Domain;

namespace Slipway.Serving.Tests.Domain;

public sealed class TrafficSplitTests
{
    [Theory]
    [InlineData("row-")]
    [InlineData("2003-01-01/Austin/")]
    [InlineData("")]
    public void CountedIds_SpreadEvenly(string prefix)
    {
        const int Ids = 20_000;
        var tenths = new int[10];
        for (var i = 0; i < Ids; i++)
        {
            tenths[TrafficSplit.BucketOf(prefix + i.ToString(CultureInfo.InvariantCulture)) / 1000]++;
        }

        // Five standard deviations of a fair draw: sqrt(20000 * 0.1 * 0.9) = 42.
        Assert.All(tenths, count => Assert.InRange(count, 2000 - 212, 2000 + 212));
    }

    [Fact]
    public void ABucket_IsTheSameInEveryProcess() => Assert.Equal((8090, 8315), (TrafficSplit.BucketOf("row-1"), TrafficSplit.BucketOf("a")));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(999, 0)]
    [InlineData(1000, 1)]
    [InlineData(2999, 1)]
    [InlineData(3000, -1)]
    [InlineData(9999, -1)]
    public void Canaries_OwnBucketsInOrder(int bucket, int place) => Assert.Equal(place, TrafficSplit.Choose(bucket, [10, 20, 0]));

    [Fact]
    public void AHundredPercent_LeavesNothingToTheStableOne() => Assert.Equal(0, TrafficSplit.Choose(9999, [100]));

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(50)]
    [InlineData(100)]
    public void ASample_HasItsShare_OfACanaryAsOfTheRest(int percent)
    {
        const int Ids = 20_000;
        var ids = Enumerable.Range(0, Ids).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToArray();
        var sampled = ids.Where(id => TrafficSplit.IsSampled(id, percent)).ToArray();

        // Five standard deviations of a fair draw, of all and of those that a canary of 20% has.
        var ofCanary = sampled.Count(id => TrafficSplit.Choose(TrafficSplit.BucketOf(id), [20]) == 0);
        Assert.InRange(sampled.Length, (Ids * percent / 100) - 354, (Ids * percent / 100) + 354);
        Assert.InRange(ofCanary, (Ids / 5 * percent / 100) - 283, (Ids / 5 * percent / 100) + 283);
    }
}
