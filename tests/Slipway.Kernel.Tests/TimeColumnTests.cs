using Slipway.Kernel.Frames;

namespace Slipway.Kernel.Tests;

public class TimeColumnTests
{
    [Theory]
    [InlineData(-5, 0)]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    [InlineData(20, 1)]
    [InlineData(21, 4)]
    [InlineData(30, 4)]
    [InlineData(31, 5)]
    public void FirstAtOrAfter_FindsTheFirstOfTies(long micros, int row) =>
        Assert.Equal(row, new TimeColumn("t", [10, 20, 20, 20, 30]).FirstAtOrAfter(TimeColumn.FromMicros(micros)));

    [Fact]
    public void FirstAtOrAfter_OfNoRows_IsZero() => Assert.Equal(0, new TimeColumn("t", []).FirstAtOrAfter(DateTimeOffset.UnixEpoch));
}
