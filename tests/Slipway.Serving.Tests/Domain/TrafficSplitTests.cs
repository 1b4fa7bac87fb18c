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
}
